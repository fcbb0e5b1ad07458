-- The full-text index over title, content and the author's name.

-- What a search has to know of a post, in rows that are short. The name under
-- which it stands in the index has to be known when it leaves that, and the
-- user may be gone by then.
CREATE TABLE post_entries(
  post_id INTEGER PRIMARY KEY,
  author_name TEXT NOT NULL,
  published BOOLEAN NOT NULL
);

-- What the index takes its texts from.
CREATE VIEW post_texts(id, title, content, author_name) AS
  SELECT posts.id, posts.title, posts.content, post_entries.author_name
  FROM posts JOIN post_entries ON post_entries.post_id = posts.id;

CREATE VIRTUAL TABLE posts_search USING fts5(
  title, content, author_name,
  content='post_texts', content_rowid='id',
  tokenize='unicode61 remove_diacritics 2'
);

-- For a row that REPLACE removes SQLite calls no trigger, and its old words
-- would stay in the index for good.
CREATE TRIGGER posts_search_insert AFTER INSERT ON posts
BEGIN
  SELECT raise(ABORT, 'posts cannot be replaced: use UPDATE or an upsert')
    WHERE EXISTS (SELECT 1 FROM post_entries WHERE post_id = new.id);
  INSERT INTO post_entries(post_id, author_name, published) VALUES
    (new.id, coalesce((SELECT name FROM users WHERE id = new.user_id), ''),
     new.published);
  INSERT INTO posts_search(rowid, title, content, author_name)
    SELECT new.id, new.title, new.content, author_name
    FROM post_entries WHERE post_id = new.id;
END;

CREATE TRIGGER posts_search_delete AFTER DELETE ON posts
BEGIN
  INSERT INTO posts_search(posts_search, rowid, title, content, author_name)
    SELECT 'delete', old.id, old.title, old.content, author_name
    FROM post_entries WHERE post_id = old.id;
  DELETE FROM post_entries WHERE post_id = old.id;
END;

CREATE TRIGGER posts_search_update
AFTER UPDATE OF title, content, user_id ON posts
WHEN old.title <> new.title OR old.content IS NOT new.content
  OR old.user_id <> new.user_id
BEGIN
  INSERT INTO posts_search(posts_search, rowid, title, content, author_name)
    SELECT 'delete', old.id, old.title, old.content, author_name
    FROM post_entries WHERE post_id = old.id;
  UPDATE post_entries
    SET author_name = coalesce((SELECT name FROM users WHERE id = new.user_id), '')
    WHERE post_id = new.id AND old.user_id <> new.user_id;
  INSERT INTO posts_search(rowid, title, content, author_name)
    SELECT new.id, new.title, new.content, author_name
    FROM post_entries WHERE post_id = new.id;
END;

CREATE TRIGGER posts_search_publish AFTER UPDATE OF published ON posts
WHEN old.published <> new.published
BEGIN
  UPDATE post_entries SET published = new.published WHERE post_id = new.id;
END;

CREATE TRIGGER posts_search_rename AFTER UPDATE OF name ON users
WHEN old.name <> new.name
BEGIN
  INSERT INTO posts_search(posts_search, rowid, title, content, author_name)
    SELECT 'delete', posts.id, posts.title, posts.content, post_entries.author_name
    FROM posts JOIN post_entries ON post_entries.post_id = posts.id
    WHERE posts.user_id = new.id;
  UPDATE post_entries SET author_name = new.name
    WHERE post_id IN (SELECT id FROM posts WHERE user_id = new.id);
  INSERT INTO posts_search(rowid, title, content, author_name)
    SELECT id, title, content, new.name FROM posts WHERE user_id = new.id;
END;
