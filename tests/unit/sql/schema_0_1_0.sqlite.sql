-- The database of a Matinee 0.1.0 with a capture in each phase, from `sqlite3 matinee.db .dump`.
--
-- The tables are from the program itself: `matinee migrate` of that version on an empty database. The rows are written
-- by hand, as its statements write them: its seven phases, in which the running one is in its second attempt after a crash,
-- and the leader in its term 41. Left out: the transaction.
CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO schema_migrations VALUES(1,'captures');
INSERT INTO schema_migrations VALUES(2,'many_workers');
CREATE TABLE captures (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  server TEXT NOT NULL,
  session_id TEXT NOT NULL,
  media_title TEXT NOT NULL,
  media_path TEXT NOT NULL,
  part_start_seconds DOUBLE PRECISION NOT NULL,
  audio_stream_index BIGINT,
  capture_type TEXT NOT NULL CHECK (capture_type IN ('screenshot', 'clip')),
  precise BIGINT NOT NULL,
  requested_start_seconds DOUBLE PRECISION NOT NULL,
  requested_end_seconds DOUBLE PRECISION,
  idempotency_key TEXT,
  request_key TEXT NOT NULL,
  at_given BIGINT NOT NULL,
  timestamp_seconds DOUBLE PRECISION NOT NULL,
  duration_seconds DOUBLE PRECISION,
  file_name TEXT NOT NULL,
  file_size_bytes BIGINT NOT NULL,
  width BIGINT,
  height BIGINT,
  has_thumbnail BIGINT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'retrying', 'complete', 'failed',
                                       'cancelled', 'deleting')),
  progress DOUBLE PRECISION NOT NULL,
  attempt BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  retry_at BIGINT,
  error_code TEXT,
  error_message TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
, deaths BIGINT NOT NULL DEFAULT 0, traceparent TEXT NOT NULL DEFAULT '');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000001','plex','attic','plex-1','The Film','/media/film 100%25.mkv',0.0,NULL,'screenshot',0,100.49999999999999999,NULL,'a tap','screenshot at 100.5',1,100.49999999999999999,NULL,'0190b6c1-0000-7c4f-9a51-000000000001.jpg',0,NULL,NULL,0,'queued',0.0,0,0,NULL,NULL,NULL,1771416000000001,1771416000000001,0,'');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000002','jellyfin','den','jellyfin-1','Décor; the ''series''','/media/series.mkv',0.0,1,'clip',1,20.0,35.25,NULL,'clip from 20',1,20.0,NULL,'0190b6c1-0000-7c4f-9a51-000000000002.2.mp4',0,NULL,NULL,0,'running',0.5,2,1,NULL,NULL,NULL,1771416000000002,1771416000000003,1,'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000003','plex','attic','plex-1','The Film','/media/film.mkv',0.0,NULL,'screenshot',0,300.0,NULL,NULL,'screenshot at 300',1,300.0,NULL,'0190b6c1-0000-7c4f-9a51-000000000003.jpg',0,NULL,NULL,0,'retrying',0.0,1,1,1771416005000000,'unavailable','the disk does not answer',1771416000000004,1771416000000005,0,'');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000004','emby','den','emby-1','The Film','/media/film.mkv',2600.4999999999999999,0,'clip',0,2700.0,2710.0,'another tap','clip from 2700',1,2699.5,10.499999999999999999,'0190b6c1-0000-7c4f-9a51-000000000004.mp4',7340033,1920,1080,1,'complete',1.0,1,1,NULL,NULL,NULL,1771416000000006,1771416000000007,0,'');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000005','plex','attic','plex-1','The Film','/media/gone.mkv',0.0,NULL,'screenshot',0,500.0,NULL,NULL,'screenshot at 500',1,500.0,NULL,'0190b6c1-0000-7c4f-9a51-000000000005.jpg',0,NULL,NULL,0,'failed',0.0,1,1,NULL,'not_found','there is no file /media/gone.mkv',1771416000000008,1771416000000009,0,'');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000006','plex','attic','plex-1','The Film','/media/film.mkv',0.0,NULL,'clip',0,600.0,610.0,NULL,'clip from 600',1,600.0,NULL,'0190b6c1-0000-7c4f-9a51-000000000006.mp4',0,NULL,NULL,0,'cancelled',0.25,1,1,NULL,NULL,NULL,1771416000000010,1771416000000011,0,'');
INSERT INTO captures VALUES('0190b6c1-0000-7c4f-9a51-000000000007','plex','attic','plex-1','The Film','/media/film.mkv',0.0,NULL,'screenshot',0,700.0,NULL,NULL,'screenshot at 700',1,700.0,NULL,'0190b6c1-0000-7c4f-9a51-000000000007.jpg',5,640,360,1,'deleting',1.0,1,1,NULL,NULL,NULL,1771416000000012,1771416000000013,0,'');
CREATE TABLE leadership (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL
);
INSERT INTO leadership VALUES(1,41);
CREATE INDEX captures_newest ON captures (created_at, id);
CREATE INDEX captures_phase ON captures (phase);
CREATE UNIQUE INDEX captures_idempotency_key ON captures (idempotency_key)
  WHERE idempotency_key IS NOT NULL;
