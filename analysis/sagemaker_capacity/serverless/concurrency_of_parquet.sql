SELECT
  "t7"."memory_mb",
  "t7"."max_concurrency",
  "t7"."num_clients",
  "t7"."counts",
  "t7"."value",
  "t7"."number",
  "t7"."latency_us",
  "t7"."response_bytes",
  "t7"."first",
  "t7"."last",
  "t7"."first_second",
  "t7"."last_second"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t4"."memory_mb",
      "t4"."max_concurrency",
      "t4"."num_clients",
      CASE
        WHEN "t4"."latency_us" < 1
        THEN -5
        WHEN "t4"."latency_us" < 128
        THEN (
          "t4"."latency_us" >> 0
        ) + 0
        WHEN "t4"."latency_us" < 256
        THEN (
          "t4"."latency_us" >> 1
        ) + 64
        WHEN "t4"."latency_us" < 512
        THEN (
          "t4"."latency_us" >> 2
        ) + 128
        WHEN "t4"."latency_us" < 1024
        THEN (
          "t4"."latency_us" >> 3
        ) + 192
        WHEN "t4"."latency_us" < 2048
        THEN (
          "t4"."latency_us" >> 4
        ) + 256
        WHEN "t4"."latency_us" < 4096
        THEN (
          "t4"."latency_us" >> 5
        ) + 320
        WHEN "t4"."latency_us" < 8192
        THEN (
          "t4"."latency_us" >> 6
        ) + 384
        WHEN "t4"."latency_us" < 16384
        THEN (
          "t4"."latency_us" >> 7
        ) + 448
        WHEN "t4"."latency_us" < 32768
        THEN (
          "t4"."latency_us" >> 8
        ) + 512
        WHEN "t4"."latency_us" < 65536
        THEN (
          "t4"."latency_us" >> 9
        ) + 576
        WHEN "t4"."latency_us" < 131072
        THEN (
          "t4"."latency_us" >> 10
        ) + 640
        WHEN "t4"."latency_us" < 262144
        THEN (
          "t4"."latency_us" >> 11
        ) + 704
        WHEN "t4"."latency_us" < 524288
        THEN (
          "t4"."latency_us" >> 12
        ) + 768
        WHEN "t4"."latency_us" < 1048576
        THEN (
          "t4"."latency_us" >> 13
        ) + 832
        WHEN "t4"."latency_us" < 2097152
        THEN (
          "t4"."latency_us" >> 14
        ) + 896
        WHEN "t4"."latency_us" < 4194304
        THEN (
          "t4"."latency_us" >> 15
        ) + 960
        WHEN "t4"."latency_us" < 8388608
        THEN (
          "t4"."latency_us" >> 16
        ) + 1024
        WHEN "t4"."latency_us" < 16777216
        THEN (
          "t4"."latency_us" >> 17
        ) + 1088
        WHEN "t4"."latency_us" < 33554432
        THEN (
          "t4"."latency_us" >> 18
        ) + 1152
        WHEN "t4"."latency_us" < 67108864
        THEN (
          "t4"."latency_us" >> 19
        ) + 1216
        WHEN "t4"."latency_us" < 134217728
        THEN (
          "t4"."latency_us" >> 20
        ) + 1280
        WHEN "t4"."latency_us" < 268435456
        THEN (
          "t4"."latency_us" >> 21
        ) + 1344
        WHEN "t4"."latency_us" < 536870912
        THEN (
          "t4"."latency_us" >> 22
        ) + 1408
        WHEN "t4"."latency_us" < 1073741824
        THEN (
          "t4"."latency_us" >> 23
        ) + 1472
        WHEN "t4"."latency_us" < 2147483648
        THEN (
          "t4"."latency_us" >> 24
        ) + 1536
        WHEN "t4"."latency_us" < 4294967296
        THEN (
          "t4"."latency_us" >> 25
        ) + 1600
        WHEN "t4"."succeeded"
        OR "t4"."fault"
        OR NOT (
          COALESCE(
            "t4"."half_up_us" BETWEEN 0.5 AND 4294967296 OR (
              "t4"."half_up_us" = -999.5
            ),
            FALSE
          )
        )
        THEN -5
        WHEN "t4"."throttled"
        THEN -1
        WHEN "t4"."out_of_memory"
        THEN -2
        WHEN "t4"."model_error"
        THEN -3
        ELSE -4
      END AS "value",
      0 AS "counts",
      COUNT(*) AS "number",
      SUM("t4"."latency_us") AS "latency_us",
      CAST(NULL AS BIGINT) AS "response_bytes",
      CAST(NULL AS DOUBLE) AS "first",
      CAST(NULL AS DOUBLE) AS "last",
      CAST(NULL AS BIGINT) AS "first_second",
      CAST(NULL AS BIGINT) AS "last_second"
    FROM (
      SELECT
        "t1"."memory_mb",
        "t1"."max_concurrency",
        "t1"."num_clients",
        "t1"."throttled",
        "t1"."out_of_memory",
        "t1"."model_error",
        "t1"."fault",
        "t1"."succeeded",
        "t1"."half_up_us",
        "t1"."response",
        CAST(FLOOR(CASE WHEN "t1"."succeeded" THEN "t1"."half_up_us" ELSE NULL END) AS BIGINT) AS "latency_us",
        CAST(FLOOR(
          CASE
            WHEN "t1"."succeeded" AND (
              "t1"."response" < 1000000000000.0
            )
            THEN "t1"."response"
            ELSE NULL
          END + 0.5
        ) AS BIGINT) AS "response_bytes"
      FROM (
        SELECT
          "t0"."memory_size" AS "memory_mb",
          "t0"."max_concurrency",
          "t0"."num_clients",
          "t0"."throttle_exception" AS "throttled",
          "t0"."insufficient_memory_error" AS "out_of_memory",
          "t0"."other_model_error" AS "model_error",
          FALSE AS "fault",
          CASE
            WHEN "t0"."throttle_exception"
            THEN FALSE
            WHEN "t0"."insufficient_memory_error"
            THEN FALSE
            WHEN "t0"."other_model_error"
            THEN FALSE
            ELSE (
              "t0"."response_size" > 0
            ) AND NOT (
              ISNAN("t0"."response_size")
            )
          END AS "succeeded",
          (
            "t0"."invocation_latency" * 1000
          ) + 0.5 AS "half_up_us",
          "t0"."response_size" AS "response"
        FROM "request_logs" AS "t0"
      ) AS "t1"
    ) AS "t4"
    GROUP BY
      1,
      2,
      3,
      4
  ) AS "t6"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t3"."memory_mb",
      "t3"."max_concurrency",
      "t3"."num_clients",
      CASE WHEN "t3"."second" IS NULL THEN -5 ELSE "t3"."completions" END AS "value",
      1 AS "counts",
      COUNT(*) AS "number",
      CAST(NULL AS BIGINT) AS "latency_us",
      CAST(NULL AS BIGINT) AS "response_bytes",
      MIN("t3"."first") AS "first",
      MAX("t3"."last") AS "last",
      MIN("t3"."second") AS "first_second",
      MAX("t3"."second") AS "last_second"
    FROM (
      SELECT
        "t2"."memory_mb",
        "t2"."max_concurrency",
        "t2"."num_clients",
        CAST(FLOOR("t2"."end") AS BIGINT) AS "second",
        COUNT(*) FILTER(WHERE
          "t2"."succeeded") AS "completions",
        MIN("t2"."start") AS "first",
        MAX("t2"."end") AS "last"
      FROM (
        SELECT
          "t0"."memory_size" AS "memory_mb",
          "t0"."max_concurrency",
          "t0"."num_clients",
          "t0"."start_time" AS "start",
          CASE WHEN "t0"."end_time" >= "t0"."start_time" THEN "t0"."end_time" ELSE NULL END AS "end",
          CASE
            WHEN "t0"."throttle_exception"
            THEN FALSE
            WHEN "t0"."insufficient_memory_error"
            THEN FALSE
            WHEN "t0"."other_model_error"
            THEN FALSE
            ELSE (
              "t0"."response_size" > 0
            ) AND NOT (
              ISNAN("t0"."response_size")
            )
          END AS "succeeded"
        FROM "request_logs" AS "t0"
      ) AS "t2"
      GROUP BY
        1,
        2,
        3,
        4
    ) AS "t3"
    GROUP BY
      1,
      2,
      3,
      4
  ) AS "t5"
) AS "t7"
