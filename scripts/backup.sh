#!/usr/bin/env bash
# Backs up what Matinee keeps in PostgreSQL and in its folder of captures, while it runs:
#
#   DATABASE_URL=postgres://… CAPTURE_DIR=/srv/captures scripts/backup.sh /mnt/nas/matinee
#
# makes the folder /mnt/nas/matinee/2026-01-31T03-00-00Z with matinee.dump (pg_dump's custom format) and captures/. Each backup is
# whole by itself; files that the one before has are hard links to it, where the disk has such, and take no room twice.
# KEEP=14 removes all but the newest 14 when this one is whole. DATABASE_URL_FILE names a file with the address, instead of DATABASE_URL.
#
# The rows are dumped first and the files copied after: a file without a row is only a file too many. The one thing that can be
# missing is a file whose capture was deleted in between; scripts/restore.sh says so of such a row.
set -euo pipefail
export LC_ALL=C

fail() { echo "backup: $*" >&2; exit 1; }

[ $# = 1 ] || fail "name the folder of the backups: scripts/backup.sh /mnt/nas/matinee"
to=$1
if [ -n "${DATABASE_URL_FILE:-}" ]; then DATABASE_URL=$(<"$DATABASE_URL_FILE"); fi
url=${DATABASE_URL:?is the database: postgres://user:password@host:5432/database}
captures=${CAPTURE_DIR:?is the folder of the captures}
[[ ${KEEP:=} =~ ^([1-9][0-9]*)?$ ]] || fail "KEEP is a number of backups, not \"$KEEP\""
# A disk that is not mounted leaves an empty folder behind. An empty backup of it must not push out the good ones.
[ -d "$captures/thumbnails" ] || fail "$captures is not a folder of captures: is its disk mounted?"
[ -d "$to" ] || fail "there is no folder $to: is its disk mounted?"

# The password goes by the environment: arguments are there for every user of the machine to see.
if [[ $url =~ ^(postgres(ql)?://[^:/@?]*):([^@/]*)@(.*)$ ]]; then
  url="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
  password=${BASH_REMATCH[3]//\\/\\\\}
  printf -v PGPASSWORD '%b' "${password//%/\\x}"
  export PGPASSWORD
fi

exec {lock}>"$to/.lock"
flock --nonblock "$lock" || fail "another backup into $to is under way"

# The newest that is whole; their names sort by time.
shopt -s nullglob
before=("$to"/20*Z)
last=''
[ ${#before[@]} = 0 ] || last=${before[-1]}
unfinished=$to/.unfinished
rm -rf "$unfinished"
mkdir -p "$unfinished/captures"
name=$(date -u +%Y-%m-%dT%H-%M-%SZ)

pg_dump --format=custom --no-owner --no-privileges --file="$unfinished/matinee.dump" --dbname="$url"

# .tmp holds unfinished files; they are made again after a restore.
(cd "$captures" && find . -path ./.tmp -prune -o -type d -print0) | (cd "$unfinished/captures" && xargs -0 mkdir -p)
# .matinee-database names the database that the folder belongs to, which has its id itself.
(cd "$captures" && find . -path ./.tmp -prune -o -type f ! -path ./.matinee-database -print0) >"$unfinished/files"
linked=0 copied=0
while IFS= read -r -d '' file; do
  # A capture's file never changes: the same name is the same file.
  if [ -n "$last" ] && ln "$last/captures/$file" "$unfinished/captures/$file" 2>/dev/null; then
    linked=$((linked + 1))
  elif cp --preserve=timestamps "$captures/$file" "$unfinished/captures/$file"; then
    copied=$((copied + 1))
  elif [ -e "$captures/$file" ]; then
    fail "$file cannot be copied"
  fi # Else it was deleted just now.
done <"$unfinished/files"
rm "$unfinished/files"

sync --file-system "$unfinished"
mv --no-target-directory "$unfinished" "$to/$name"
echo "backup: $to/$name holds $((linked + copied)) files, $copied of them new"

if [ -n "$KEEP" ]; then
  all=("${before[@]}" "$to/$name")
  for old in "${all[@]:0:$((${#all[@]} > KEEP ? ${#all[@]} - KEEP : 0))}"; do
    rm -rf "$old"
    echo "backup: $old is removed"
  done
fi
