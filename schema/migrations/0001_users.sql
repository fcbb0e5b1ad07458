-- Who writes, and who is logged in. Times are texts, ISO 8601 in UTC.

-- An id is never given twice: tokens and links outlive a user.
CREATE TABLE users(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK(name <> ''),
  -- As it was given, without blanks around it; taken in any case of letters.
  email TEXT NOT NULL COLLATE NOCASE CHECK(email <> ''),
  bio TEXT,
  avatar_url TEXT,
  -- NULL: nobody can log in as this user.
  password_hash TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);

CREATE UNIQUE INDEX users_by_email ON users(email COLLATE NOCASE);

-- Refresh tokens, by their hashes. Those that came out of one login, each
-- from the one before it, are a family.
CREATE TABLE sessions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  family_id TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT,
  revoked_at TEXT
);

CREATE INDEX sessions_by_user ON sessions(user_id);
CREATE INDEX sessions_by_family ON sessions(family_id);
CREATE INDEX sessions_by_expiry ON sessions(expires_at);
