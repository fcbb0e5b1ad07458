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

-- Logins that last, one row each. Of the refresh token only hashes are here:
-- of the half that stays the same as long as the session lasts, and of all of
-- it as it is now.
CREATE TABLE sessions(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Its public name, which access tokens have.
  id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  family_hash BLOB NOT NULL UNIQUE,
  token_hash BLOB NOT NULL,
  created_at TEXT NOT NULL,
  renewed_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions(user_id);
CREATE INDEX sessions_by_expiry ON sessions(expires_at);
