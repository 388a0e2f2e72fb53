#!/usr/bin/env bash
# Restores a backup that scripts/backup.sh has written. Stop Matinee's APIs and workers first, then
#
#   DATABASE_URL=postgres://… CAPTURE_DIR=/srv/captures scripts/restore.sh /mnt/nas/matinee/2026-01-31T03-00-00Z
#
# as the user that runs Matinee. (The folder of all backups stands for the newest.) The database is replaced: what was captured since
# has no row any more, and its file stays. Files that exist and are complete stay too, so the script may be repeated, and also repairs
# a folder that has lost some of its files. Then start Matinee, with `matinee migrate` first as always.
#
# A row whose file is missing everywhere becomes a failed capture that says so: better than an image that never loads.
set -euo pipefail
export LC_ALL=C

fail() { echo "restore: $*" >&2; exit 1; }

[ $# = 1 ] || fail "name a backup: scripts/restore.sh /mnt/nas/matinee/2026-01-31T03-00-00Z"
from=$1
url=${DATABASE_URL:?is the database: postgres://user:password@host:5432/database}
captures=${CAPTURE_DIR:?is the folder of the captures}
if [ ! -f "$from/matinee.dump" ]; then
  shopt -s nullglob
  backups=("$from"/20*Z)
  [ ${#backups[@]} = 0 ] || from=${backups[-1]}
fi
[ -f "$from/matinee.dump" ] || fail "there is no backup in $from"

# The password goes by the environment: arguments are there for every user of the machine to see.
if [[ $url =~ ^(postgres(ql)?://[^:/@?]*):([^@/]*)@(.*)$ ]]; then
  url="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
  password=${BASH_REMATCH[3]//\\/\\\\}
  printf -v PGPASSWORD '%b' "${password//%/\\x}"
  export PGPASSWORD
fi
query() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$url" "$@"; }

running=$(query --tuples-only --no-align --command="
  SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'matinee'")
[ "$running" = 0 ] || fail "Matinee is at work on this database ($running connections): stop its APIs and workers first"
mkdir -p "$captures/.tmp" "$captures/thumbnails" || fail "$captures cannot be written"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All of it or nothing. Tables of a newer Matinee go too, or migrating the old ones would stumble over them.
cat >"$work/drop.sql" <<'SQL'
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', name);
  END LOOP;
END $$;
SQL
pg_restore --no-owner --no-privileges --file="$work/restore.sql" "$from/matinee.dump"
query --output=/dev/null --single-transaction --file="$work/drop.sql" --file="$work/restore.sql"

# Whether a file is there as the row says it is. The size of thumbnails is not known; they are small, and written at once.
whole() { [ -s "$1" ] && { [ -z "$2" ] || [ "$(stat --format=%s "$1")" = "$2" ]; }; }
copied=0 there=0
bring() { # name, size
  if whole "$captures/$1" "$2"; then
    there=$((there + 1))
  elif whole "$from/captures/$1" "$2"; then
    cp --preserve=timestamps "$from/captures/$1" "$captures/.tmp/restored"
    mv --no-target-directory "$captures/.tmp/restored" "$captures/$1"
    copied=$((copied + 1))
  else
    return 1
  fi
}

query --tuples-only --no-align --field-separator=' ' --output="$work/rows" --command="
  SELECT file_name, file_size_bytes, has_thumbnail FROM captures WHERE phase = 'complete' ORDER BY created_at"
: >"$work/missing"
: >"$work/bare"
while read -r file size has_thumbnail; do
  bring "$file" "$size" || echo "$file" >>"$work/missing"
  [ "$has_thumbnail" = 0 ] || bring "thumbnails/${file%.*}.jpg" '' || echo "$file" >>"$work/bare"
done <"$work/rows"
sync --file-system "$captures"

cat >"$work/mark.sql" <<SQL
CREATE TEMPORARY TABLE missing (file_name text);
CREATE TEMPORARY TABLE bare (file_name text);
\copy missing FROM '$work/missing'
\copy bare FROM '$work/bare'
UPDATE captures SET phase = 'failed', has_thumbnail = 0, error_code = 'not_found',
    error_message = 'its file was not in the backup from which Matinee was restored'
  WHERE file_name IN (SELECT file_name FROM missing) AND phase = 'complete';
UPDATE captures SET has_thumbnail = 0 WHERE file_name IN (SELECT file_name FROM bare);
SQL
query --single-transaction --file="$work/mark.sql"

echo "restore: the database is as in $from; $copied files were brought back, $there were there"
missing=$(wc -l <"$work/missing")
[ "$missing" = 0 ] || echo "restore: $missing captures have no file any more, and say so in the gallery"
