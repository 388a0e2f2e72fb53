-- The database of a Matinee 0.1.0 with a capture in each phase, from `pg_dump --inserts --no-owner --no-privileges` of PostgreSQL 15.
--
-- The tables are from the program itself: `matinee migrate` of that version on an empty database. The rows are written
-- by hand, as its statements write them: its seven phases, in which the running one is in its second attempt after a crash,
-- and the leader in its term 41. Left out: settings, comments and casts of constants (::text).
CREATE TABLE public.captures (
    id text NOT NULL,
    source text NOT NULL,
    server text NOT NULL,
    session_id text NOT NULL,
    media_title text NOT NULL,
    media_path text NOT NULL,
    part_start_seconds double precision NOT NULL,
    audio_stream_index bigint,
    capture_type text NOT NULL,
    precise bigint NOT NULL,
    requested_start_seconds double precision NOT NULL,
    requested_end_seconds double precision,
    idempotency_key text,
    request_key text NOT NULL,
    at_given bigint NOT NULL,
    timestamp_seconds double precision NOT NULL,
    duration_seconds double precision,
    file_name text NOT NULL,
    file_size_bytes bigint NOT NULL,
    width bigint,
    height bigint,
    has_thumbnail bigint NOT NULL,
    phase text NOT NULL,
    progress double precision NOT NULL,
    attempt bigint NOT NULL,
    tries bigint NOT NULL,
    retry_at bigint,
    error_code text,
    error_message text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deaths bigint DEFAULT 0 NOT NULL,
    traceparent text DEFAULT '' NOT NULL,
    CONSTRAINT captures_capture_type_check CHECK ((capture_type = ANY (ARRAY['screenshot', 'clip']))),
    CONSTRAINT captures_phase_check CHECK ((phase = ANY (ARRAY['queued', 'running', 'retrying', 'complete', 'failed', 'cancelled', 'deleting'])))
);
CREATE TABLE public.leadership (
    id bigint NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT leadership_id_check CHECK ((id = 1))
);
CREATE TABLE public.schema_migrations (
    version bigint NOT NULL,
    name text NOT NULL
);
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000001', 'plex', 'attic', 'plex-1', 'The Film', '/media/film 100%25.mkv', 0, NULL, 'screenshot', 0, 100.5, NULL, 'a tap', 'screenshot at 100.5', 1, 100.5, NULL, '0190b6c1-0000-7c4f-9a51-000000000001.jpg', 0, NULL, NULL, 0, 'queued', 0, 0, 0, NULL, NULL, NULL, 1771416000000001, 1771416000000001, 0, '');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000002', 'jellyfin', 'den', 'jellyfin-1', 'Décor; the ''series''', '/media/series.mkv', 0, 1, 'clip', 1, 20, 35.25, NULL, 'clip from 20', 1, 20, NULL, '0190b6c1-0000-7c4f-9a51-000000000002.2.mp4', 0, NULL, NULL, 0, 'running', 0.5, 2, 1, NULL, NULL, NULL, 1771416000000002, 1771416000000003, 1, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000003', 'plex', 'attic', 'plex-1', 'The Film', '/media/film.mkv', 0, NULL, 'screenshot', 0, 300, NULL, NULL, 'screenshot at 300', 1, 300, NULL, '0190b6c1-0000-7c4f-9a51-000000000003.jpg', 0, NULL, NULL, 0, 'retrying', 0, 1, 1, 1771416005000000, 'unavailable', 'the disk does not answer', 1771416000000004, 1771416000000005, 0, '');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000004', 'emby', 'den', 'emby-1', 'The Film', '/media/film.mkv', 2600.5, 0, 'clip', 0, 2700, 2710, 'another tap', 'clip from 2700', 1, 2699.5, 10.5, '0190b6c1-0000-7c4f-9a51-000000000004.mp4', 7340033, 1920, 1080, 1, 'complete', 1, 1, 1, NULL, NULL, NULL, 1771416000000006, 1771416000000007, 0, '');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000005', 'plex', 'attic', 'plex-1', 'The Film', '/media/gone.mkv', 0, NULL, 'screenshot', 0, 500, NULL, NULL, 'screenshot at 500', 1, 500, NULL, '0190b6c1-0000-7c4f-9a51-000000000005.jpg', 0, NULL, NULL, 0, 'failed', 0, 1, 1, NULL, 'not_found', 'there is no file /media/gone.mkv', 1771416000000008, 1771416000000009, 0, '');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000006', 'plex', 'attic', 'plex-1', 'The Film', '/media/film.mkv', 0, NULL, 'clip', 0, 600, 610, NULL, 'clip from 600', 1, 600, NULL, '0190b6c1-0000-7c4f-9a51-000000000006.mp4', 0, NULL, NULL, 0, 'cancelled', 0.25, 1, 1, NULL, NULL, NULL, 1771416000000010, 1771416000000011, 0, '');
INSERT INTO public.captures VALUES ('0190b6c1-0000-7c4f-9a51-000000000007', 'plex', 'attic', 'plex-1', 'The Film', '/media/film.mkv', 0, NULL, 'screenshot', 0, 700, NULL, NULL, 'screenshot at 700', 1, 700, NULL, '0190b6c1-0000-7c4f-9a51-000000000007.jpg', 5, 640, 360, 1, 'deleting', 1, 1, 1, NULL, NULL, NULL, 1771416000000012, 1771416000000013, 0, '');
INSERT INTO public.leadership VALUES (1, 41);
INSERT INTO public.schema_migrations VALUES (1, 'captures');
INSERT INTO public.schema_migrations VALUES (2, 'many_workers');
ALTER TABLE ONLY public.captures
    ADD CONSTRAINT captures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leadership
    ADD CONSTRAINT leadership_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
CREATE UNIQUE INDEX captures_idempotency_key ON public.captures USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX captures_newest ON public.captures USING btree (created_at, id);
CREATE INDEX captures_phase ON public.captures USING btree (phase);
