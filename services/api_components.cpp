#include "services/api_components.hpp"

namespace sluice::services {

namespace {

constexpr auto schemas = std::string_view{R"(
database_name:
  type: string
  pattern: "^[a-z0-9][a-z0-9_-]{0,62}$"
sql_text:
  type: string
  minLength: 1
  description: >-
    One statement or several, separated by semicolons; at most
    limits.sql_bytes_max bytes of UTF-8, no NUL. Text without a statement is
    bad_request.
sql_script:
  type: string
  minLength: 1
  description: >-
    Many statements, without parameters, each of at most limits.sql_bytes_max
    bytes of UTF-8; no NUL.
sql_value:
  description: >-
    null is NULL; true and false are INTEGER 1 and 0; a number without fraction
    and exponent that 64 bits hold is an INTEGER, exactly, any other one a REAL;
    a string is TEXT; an array of bytes, or an object with Base64, is a BLOB.
  oneOf:
    - type: ["null", boolean, number, string]
    - type: array
      items:
        type: integer
        minimum: 0
        maximum: 255
    - type: object
      additionalProperties: false
      required: [base64]
      properties:
        base64:
          type: string
          contentEncoding: base64
sql_parameters:
  description: >-
    As many values as the statement has parameters, at most
    limits.parameters_max; by name for :name, @name and $name, with or without
    that first character. Of several statements the last one has them.
  oneOf:
    - type: array
      items:
        $ref: "#/components/schemas/sql_value"
    - type: object
      additionalProperties:
        $ref: "#/components/schemas/sql_value"
    - type: "null"
results_format:
  type: string
  enum: [ARRAY_OF_OBJECTS, ROWS_AND_COLUMNS, NONE]
  default: ARRAY_OF_OBJECTS
statement:
  type: object
  additionalProperties: false
  required: [sql]
  properties:
    sql:
      $ref: "#/components/schemas/sql_text"
    params:
      $ref: "#/components/schemas/sql_parameters"
batch:
  description: One transaction, in order; at most limits.batch_statements_max.
  type: array
  minItems: 1
  items:
    $ref: "#/components/schemas/statement"
result_value:
  description: >-
    INTEGER with all its digits; REAL as the shortest number that reads back
    equal, infinities as null; TEXT; BLOB as an array of bytes; NULL as null.
  oneOf:
    - type: ["null", number, string]
    - type: array
      items:
        type: integer
        minimum: 0
        maximum: 255
rows_and_columns:
  type: object
  required: [columns, rows]
  properties:
    columns:
      type: array
      items:
        type: string
    rows:
      type: array
      items:
        type: array
        items:
          $ref: "#/components/schemas/result_value"
result_meta:
  type: object
  required: [served_by, served_by_primary, duration, timings, changes,
      last_row_id, changed_db, size_after, rows_read, rows_written]
  properties:
    served_by:
      type: string
    served_by_primary:
      type: boolean
    duration:
      description: Milliseconds inside of SQLite.
      type: number
    timings:
      type: object
      required: [sql_duration_ms]
      properties:
        sql_duration_ms:
          type: number
    changes:
      description: Rows changed, by triggers and foreign keys too.
      type: integer
    last_row_id:
      description: 0 for a read.
      type: integer
    changed_db:
      type: boolean
    size_after:
      description: Bytes of the database.
      type: integer
    rows_read:
      type: integer
    rows_written:
      description: Rows and entries of indexes.
      type: integer
query_result:
  type: object
  required: [success, results, meta]
  properties:
    success:
      type: boolean
      const: true
    results:
      description: An array of objects, unless results_format says otherwise.
      oneOf:
        - type: array
          items:
            type: object
            additionalProperties:
              $ref: "#/components/schemas/result_value"
        - $ref: "#/components/schemas/rows_and_columns"
    meta:
      $ref: "#/components/schemas/result_meta"
streamed_result:
  description: Its rows came in the parts before it.
  type: object
  required: [success, meta]
  properties:
    success:
      type: boolean
      const: true
    meta:
      $ref: "#/components/schemas/result_meta"
)"};

constexpr auto headers = std::string_view{R"(
header_Authorization:
  description: The end user for whom the request is, "Bearer <token>".
  type: string
  pattern: "^Bearer .+$"
header_Sluice-Client-Address:
  description: >-
    Whose request a front end passes on: failed logins and passwords to be
    stored are counted by it (auth.source_failures_max, auth.source_hashes_max).
  type: string
  pattern: "^[!-~]{1,64}$"
header_Sluice-Database:
  description: Which database it works on; else the setting services.database.
  type: string
  pattern: "^[a-z0-9][a-z0-9_-]{0,62}$"
header_Sluice-Timeout-Ms:
  description: >-
    The caller's patience: what is still queued then is not executed, and a
    running statement is interrupted. limits.timeout_ms_default without it, at
    most limits.timeout_ms_max.
  type: string
  pattern: "^[0-9]+$"
header_Sluice-Sent-Ms:
  description: >-
    When the request was sent, in milliseconds since 1970 (UTC), by the client's
    clock: Sluice-Timeout-Ms counts from then, not from its arrival. One whose
    time is over is refused with timeout. For clients whose clock is right.
  type: string
  pattern: "^[0-9]+$"
header_Nats-Msg-Id:
  description: >-
    The same id again, within idempotency.retention_s, is not executed: the
    first reply is sent again, with Sluice-Replayed. With another payload it is
    a conflict.
  type: string
  maxLength: 255
header_Sluice-Bookmark:
  description: >-
    In a request: the answer is at least as new; or first-primary or
    first-unconstrained, which ask for nothing. In a reply: the commit that it
    has seen, or made.
  type: string
header_Sluice-Stream:
  description: >-
    The rows come as several messages, each with Sluice-Sequence; the last has
    Sluice-Final.
  type: string
  enum: ["true", "false"]
header_Sluice-Heartbeat:
  description: >-
    true: while a read runs, an empty message with this header comes each second
    to the reply subject; when nobody listens to it, the read ends.
  type: string
  enum: ["true", "false"]
header_Sluice-Window:
  description: >-
    Of a stream no more parts than that are under way; each is answered by an
    empty message to its reply subject. 1 to 1024.
  type: string
  pattern: "^[0-9]+$"
header_traceparent:
  description: W3C trace context; it is sent back.
  type: string
header_Sluice-Replayed:
  description: It is the reply that an earlier request with this Nats-Msg-Id had.
  type: string
  const: "true"
header_Sluice-Sequence:
  description: Which message of a stream it is, from 0.
  type: string
  pattern: "^[0-9]+$"
header_Sluice-Statement:
  description: Which statement of a batch its rows are of, from 0.
  type: string
  pattern: "^[0-9]+$"
header_Sluice-Failed-Statement:
  description: Of a script or a migration, the number of the statement that failed, from 1.
  type: string
  pattern: "^[1-9][0-9]*$"
header_Sluice-Final:
  description: It is the last message of a stream.
  type: string
  const: "true"
header_Nats-Service-Error:
  description: The message, of at most 512 bytes.
  type: string
header_Nats-Service-Error-Code:
  description: The number of the code.
  type: string
  pattern: "^[0-9]{3}$"
)"};

} // namespace

std::string_view api_schemas() noexcept {
  return schemas;
}

std::string_view api_headers() noexcept {
  return headers;
}

} // namespace sluice::services
