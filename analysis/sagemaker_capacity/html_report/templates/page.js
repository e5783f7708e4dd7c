"use strict";
// Shows a row of the table that came with the page. Nothing is computed here.
const at = (id) => document.getElementById(id);
const rows = JSON.parse(at("rows").textContent);
const slider = at("threshold");

const item = (text) => {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
};

const show = () => {
  const { texts, attributes, doubts } = rows[slider.value];
  for (const [id, text] of Object.entries(texts)) at(id).textContent = text;
  for (const [id, named] of Object.entries(attributes))
    for (const [name, value] of Object.entries(named)) at(id).setAttribute(name, value);
  at("doubts").replaceChildren(...doubts.map(item));
  for (const stop of stops) stop.setAttribute("aria-pressed", stop.dataset.position === slider.value);
};

const stops = document.querySelectorAll("[data-position]");
for (const stop of stops)
  stop.addEventListener("click", () => {
    slider.value = stop.dataset.position;
    show();
  });
slider.addEventListener("input", show);
at("control").hidden = false;
show();
