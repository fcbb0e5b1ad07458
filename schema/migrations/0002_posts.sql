-- Posts and their categories. Newest first is by id, which only grows.

CREATE TABLE categories(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL COLLATE NOCASE CHECK(name <> ''),
  description TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);

CREATE UNIQUE INDEX categories_by_name ON categories(name COLLATE NOCASE);

CREATE TABLE posts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  category_id INTEGER REFERENCES categories(id) ON DELETE SET NULL,
  title TEXT NOT NULL CHECK(title <> ''),
  content TEXT,
  published BOOLEAN NOT NULL DEFAULT FALSE CHECK(published IN (0, 1)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);

-- Each ends with the id, so that a page of a list is a search without sorting.
CREATE INDEX posts_by_user ON posts(user_id);
CREATE INDEX posts_by_user_and_state ON posts(user_id, published);
CREATE INDEX posts_by_state ON posts(published);
CREATE INDEX posts_by_category ON posts(category_id)
  WHERE category_id IS NOT NULL;
CREATE INDEX posts_by_category_and_state ON posts(category_id, published)
  WHERE category_id IS NOT NULL;

-- The full-text index goes by the id.
CREATE TRIGGER posts_keep_id BEFORE UPDATE OF id ON posts
WHEN new.id IS NOT old.id
BEGIN
  SELECT raise(ABORT, 'the id of a post cannot be changed');
END;
