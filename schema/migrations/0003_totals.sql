-- What lists and analytics count, kept by triggers: nobody has to visit a
-- million rows to learn how many there are. Lengths are in characters.

CREATE TABLE service_totals(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  users INTEGER NOT NULL,
  posts INTEGER NOT NULL,
  published_posts INTEGER NOT NULL,
  content_length INTEGER NOT NULL
);

INSERT INTO service_totals VALUES (1, 0, 0, 0, 0);

-- One row for each user. It goes with the user also where REPLACE removes
-- one, for which SQLite calls no trigger of the table users.
CREATE TABLE author_totals(
  user_id INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  joined_on TEXT NOT NULL,
  post_count INTEGER NOT NULL DEFAULT 0,
  published_count INTEGER NOT NULL DEFAULT 0,
  content_length INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX authors_by_posts ON author_totals(post_count DESC);

-- By the day on which a user joined or a post was made, in UTC.
CREATE TABLE daily_totals(
  date TEXT PRIMARY KEY,
  users_joined INTEGER NOT NULL DEFAULT 0,
  posts_created INTEGER NOT NULL DEFAULT 0,
  posts_published INTEGER NOT NULL DEFAULT 0,
  content_length INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TRIGGER users_count_insert AFTER INSERT ON users
BEGIN
  INSERT INTO author_totals(user_id, joined_on)
    VALUES (new.id, substr(new.created_at, 1, 10));
  UPDATE service_totals SET users = users + 1;
  INSERT INTO daily_totals(date, users_joined)
    VALUES (substr(new.created_at, 1, 10), 1)
    ON CONFLICT(date) DO UPDATE SET users_joined = users_joined + 1;
END;

CREATE TRIGGER users_count_update AFTER UPDATE OF created_at ON users
WHEN old.created_at <> new.created_at
BEGIN
  UPDATE daily_totals SET users_joined = users_joined - 1
    WHERE date = (SELECT joined_on FROM author_totals WHERE user_id = new.id);
  UPDATE author_totals SET joined_on = substr(new.created_at, 1, 10)
    WHERE user_id = new.id;
  INSERT INTO daily_totals(date, users_joined)
    VALUES (substr(new.created_at, 1, 10), 1)
    ON CONFLICT(date) DO UPDATE SET users_joined = users_joined + 1;
END;

CREATE TRIGGER users_count_delete AFTER DELETE ON author_totals
BEGIN
  UPDATE service_totals SET users = users - 1;
  UPDATE daily_totals SET users_joined = users_joined - 1
    WHERE date = old.joined_on;
END;

CREATE TRIGGER posts_count_insert AFTER INSERT ON posts
BEGIN
  UPDATE service_totals SET
    posts = posts + 1,
    published_posts = published_posts + new.published,
    content_length = content_length + coalesce(length(new.content), 0);
  UPDATE author_totals SET
    post_count = post_count + 1,
    published_count = published_count + new.published,
    content_length = content_length + coalesce(length(new.content), 0)
    WHERE user_id = new.user_id;
  INSERT INTO daily_totals(date, posts_created, posts_published, content_length)
    VALUES (substr(new.created_at, 1, 10), 1, new.published,
            coalesce(length(new.content), 0))
    ON CONFLICT(date) DO UPDATE SET
      posts_created = posts_created + 1,
      posts_published = posts_published + excluded.posts_published,
      content_length = content_length + excluded.content_length;
END;

CREATE TRIGGER posts_count_delete AFTER DELETE ON posts
BEGIN
  UPDATE service_totals SET
    posts = posts - 1,
    published_posts = published_posts - old.published,
    content_length = content_length - coalesce(length(old.content), 0);
  UPDATE author_totals SET
    post_count = post_count - 1,
    published_count = published_count - old.published,
    content_length = content_length - coalesce(length(old.content), 0)
    WHERE user_id = old.user_id;
  UPDATE daily_totals SET
    posts_created = posts_created - 1,
    posts_published = posts_published - old.published,
    content_length = content_length - coalesce(length(old.content), 0)
    WHERE date = substr(old.created_at, 1, 10);
END;

CREATE TRIGGER posts_count_update
AFTER UPDATE OF user_id, published, content, created_at ON posts
WHEN old.user_id <> new.user_id OR old.published <> new.published
  OR old.content IS NOT new.content OR old.created_at <> new.created_at
BEGIN
  UPDATE service_totals SET
    published_posts = published_posts - old.published + new.published,
    content_length = content_length - coalesce(length(old.content), 0)
      + coalesce(length(new.content), 0);
  UPDATE author_totals SET
    post_count = post_count - 1,
    published_count = published_count - old.published,
    content_length = content_length - coalesce(length(old.content), 0)
    WHERE user_id = old.user_id;
  UPDATE author_totals SET
    post_count = post_count + 1,
    published_count = published_count + new.published,
    content_length = content_length + coalesce(length(new.content), 0)
    WHERE user_id = new.user_id;
  UPDATE daily_totals SET
    posts_created = posts_created - 1,
    posts_published = posts_published - old.published,
    content_length = content_length - coalesce(length(old.content), 0)
    WHERE date = substr(old.created_at, 1, 10);
  INSERT INTO daily_totals(date, posts_created, posts_published, content_length)
    VALUES (substr(new.created_at, 1, 10), 1, new.published,
            coalesce(length(new.content), 0))
    ON CONFLICT(date) DO UPDATE SET
      posts_created = posts_created + 1,
      posts_published = posts_published + excluded.posts_published,
      content_length = content_length + excluded.content_length;
END;
