// What the database does when the file, the folder, the disk or another program is in the way.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "base/files.h"
#include "sql/sqlite.h"
#include "sqlite_fixture.h"

namespace matinee::sql {
namespace {

const SystemClock kClock;

constexpr std::string_view kTable = "CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT)";

Error OpenFails(const std::string& path) {
  const auto database = OpenSqlite(path, kClock, nullptr);
  EXPECT_FALSE(database) << path;
  return database ? Error{} : database.error();
}

bool Says(const Error& error, std::string_view words) {
  return error.message.find(words) != std::string::npos;
}

// Permissions do not bind root, so root puts them off for a while.
class WithoutRoot {
 public:
  WithoutRoot() {
    if (geteuid() == 0) {
      EXPECT_EQ(seteuid(kUnprivilegedUser), 0);
    }
  }
  ~WithoutRoot() {
    if (getuid() == 0) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

 private:
  static constexpr uid_t kUnprivilegedUser = 65534;
};

// A folder in which, once Lock() is called, a file cannot be created or changed.
class LockableFolder {
 public:
  explicit LockableFolder(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    chmod(std::filesystem::path(path_).parent_path().c_str(), 0755);
    chmod(path_.c_str(), 0777);
  }
  void Lock() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      chmod(entry.path().c_str(), 0444);
    }
    chmod(path_.c_str(), 0555);
  }
  void Unlock() const {
    chmod(path_.c_str(), 0777);
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      chmod(entry.path().c_str(), 0666);
    }
  }

 private:
  std::string path_;
};

TEST(OpenSqlite, MakesTheFileAndItsFoldersForOwnerAndGroupOnly) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a/b/matinee.db");
  ASSERT_TRUE(OpenSqlite(path, kClock, nullptr));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007U, 0U);
}

TEST(OpenSqlite, TakesNamesThatMeanSomethingToSqliteForFiles) {
  const TemporaryFolder folder;
  for (const char* name : {":memory:", "file:x?mode=memory", "-leading", "a b'\"%41\n千.db"}) {
    const std::string path = folder.File(name);
    ASSERT_TRUE(OpenSqlite(path, kClock, nullptr)) << name;
    EXPECT_TRUE(std::filesystem::exists(path)) << name;
  }
}

TEST(OpenSqlite, RefusesAFolder) {
  const TemporaryFolder folder;
  OpenFails(folder.path());
  EXPECT_EQ(OpenFails(folder.path() + "/").code, Code::kInvalidArgument);
  EXPECT_EQ(OpenFails("").code, Code::kInvalidArgument);
}

TEST(OpenSqlite, AFileThatIsNotADatabaseIsRefusedAndNotChanged) {
  const TemporaryFolder folder;
  const std::string path = folder.File("film.mkv");
  const std::string content(10000, 'x');
  std::ofstream(path) << content;
  const Error error = OpenFails(path);
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_TRUE(Says(error, path)) << error.message;
  EXPECT_TRUE(Says(error, "not a SQLite database")) << error.message;
  EXPECT_EQ(*ReadFile(path, 1 << 20), content);
}

TEST(OpenSqlite, RefusesTheDatabaseOfAnotherProgramAndLeavesItAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.File("library.db");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE films (id INTEGER)", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(other);
  const std::string before = *ReadFile(path, 1 << 20);
  const Error error = OpenFails(path);
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_TRUE(Says(error, "another program")) << error.message;
  EXPECT_EQ(*ReadFile(path, 1 << 20), before);
}

TEST(OpenSqlite, RefusesADamagedDatabaseAndSaysSo) {
  const TemporaryFolder folder;
  const std::string path = folder.File("matinee.db");
  {
    const auto database = OpenSqlite(path, kClock, nullptr);
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->Run({"test", kTable}, {}));
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(
          (*database)->Run({"test", "INSERT INTO t VALUES ($1, $2)"}, {i, std::string(1000, 'x')}));
    }
  }
  const auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192);
    file << std::string(size - 8192, '\xA5');
  }
  const Error error = OpenFails(path);
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_TRUE(Says(error, "damaged")) << error.message;
}

TEST(OpenSqlite, RefusesAFolderThatCannotBeWritten) {
  const TemporaryFolder folder;
  const LockableFolder locked(folder.File("locked"));
  locked.Lock();
  {
    const WithoutRoot without_root;
    const Error error = OpenFails(folder.File("locked/matinee.db"));
    EXPECT_EQ(error.code, Code::kPermissionDenied);
    EXPECT_TRUE(Says(error, "Permission denied")) << error.message;
  }
  locked.Unlock();
}

TEST(OpenSqlite, RefusesADatabaseThatCannotBeWritten) {
  const TemporaryFolder folder;
  const LockableFolder locked(folder.File("locked"));
  const std::string path = folder.File("locked/matinee.db");
  ASSERT_TRUE(OpenSqlite(path, kClock, nullptr));
  locked.Lock();
  {
    const WithoutRoot without_root;
    const Error error = OpenFails(path);
    EXPECT_EQ(error.code, Code::kPermissionDenied) << error.message;
  }
  locked.Unlock();
}

class SqliteFailureTest : public SqliteTest {
 protected:
  SqliteFailureTest() { Run(kTable); }
};

TEST_F(SqliteFailureTest, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  // A limit on the pages of the file stands for the disk: SQLite answers SQLITE_FULL to both.
  const auto pages_max = [this](int64_t pages) {
    return database_->Transact([pages](Session& session) -> Status {
      TRY(session.Run({"limit", "PRAGMA max_page_count = " + std::to_string(pages)}, {}));
      return {};
    });
  };
  ASSERT_TRUE(pages_max(10));
  const std::string large(200000, 'x');
  const Error error = Fails("INSERT INTO t VALUES (1, $1)", {large});
  EXPECT_EQ(error.code, Code::kInsufficientStorage);
  EXPECT_TRUE(Says(error, "full")) << error.message;
  const Status transaction = database_->Transact([&large](Session& session) -> Status {
    TRY(session.Run({"small", "INSERT INTO t VALUES (2, 'small')"}, {}));
    TRY(session.Run({"large", "INSERT INTO t VALUES (1, $1)"}, {large}));
    return {};
  });
  ASSERT_FALSE(transaction);
  EXPECT_EQ(transaction.error().code, Code::kInsufficientStorage);
  EXPECT_EQ(Count(), 0);
  ASSERT_TRUE(pages_max(100000));
  Run("INSERT INTO t VALUES (1, $1)", {large});
  EXPECT_EQ(Count(), 1);
}

// Runs `body` on a thread that has a separate tiny file system at `folder`; false if this
// machine does not let us mount one. It is private to the thread and goes with it.
bool WithTinyDisk(const std::string& folder, const std::function<void()>& body) {
  return std::async(std::launch::async,
                    [&] {
                      if (unshare(CLONE_NEWNS) != 0) return false;
                      if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                        return false;
                      if (mount("tiny", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return false;
                      body();
                      return true;
                    })
      .get();
}

TEST(SqliteOnATinyDisk, FailsClearlyWhileItIsFullAndRecoversWhenThereIsRoom) {
  const TemporaryFolder folder;
  const auto body = [&folder] {
    const std::string filler = folder.File("filler");
    const auto opened = OpenSqlite(folder.File("matinee.db"), kClock, nullptr);
    ASSERT_TRUE(opened) << opened.error().message;
    Database& database = **opened;
    ASSERT_TRUE(database.Run({"create", kTable}, {}));
    ASSERT_TRUE(database.Run({"insert", "INSERT INTO t VALUES (1, 'before')"}, {}));
    {
      std::ofstream fill(filler);
      while (fill << std::string(4096, 'x') << std::flush) {
      }
    }
    int refused = 0;
    for (int i = 0; i < 50; ++i) {
      const auto rows = database.Run({"insert", "INSERT INTO t VALUES ($1, $2)"},
                                     {1000 + i, std::string(20000, 'y')});
      if (rows) continue;
      ++refused;
      EXPECT_EQ(rows.error().code, Code::kInsufficientStorage) << rows.error().message;
    }
    EXPECT_GT(refused, 0);
    const auto kept = database.Run({"select", "SELECT text FROM t WHERE id = 1"}, {});
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->at(0).Text(0), "before");
    std::filesystem::remove(filler);
    const auto after = database.Run({"insert", "INSERT INTO t VALUES (2, 'after')"}, {});
    ASSERT_TRUE(after) << after.error().message;
    const auto check = database.Run({"check", "PRAGMA quick_check(1)"}, {});
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_EQ(check->at(0).Text(0), "ok");
  };
  if (!WithTinyDisk(folder.path(), body)) GTEST_SKIP() << "this needs the right to mount";
}

TEST_F(SqliteFailureTest, WritesNothingIntoAFileThatIsNoLongerThere) {
  // SQLite itself would go on writing to the file that cannot be opened any more.
  const std::string away = folder_.path() + "_away";
  Run("INSERT INTO t VALUES (1, 'before')");
  std::filesystem::rename(folder_.path(), away);
  for (const char* text : {"INSERT INTO t VALUES (2, 'lost')", "SELECT * FROM t"}) {
    const Error gone = Fails(text);
    EXPECT_EQ(gone.code, Code::kUnavailable);
    EXPECT_TRUE(Says(gone, "cannot be opened")) << gone.message;
  }
  std::filesystem::rename(away, folder_.path());
  Run("INSERT INTO t VALUES (2, 'after')");
  EXPECT_EQ(Count(), 2);
}

TEST_F(SqliteFailureTest, ReadsAndWritesTheBackupThatWasPutInItsPlace) {
  Run("INSERT INTO t VALUES (1, 'saved')");
  Run("VACUUM INTO $1", {folder_.File("backup.db")});
  Run("DELETE FROM t");
  ASSERT_EQ(Count(), 0);
  for (const char* log : {"-wal", "-shm"}) std::filesystem::remove(path_ + log);
  std::filesystem::rename(folder_.File("backup.db"), path_);
  EXPECT_EQ(Run("SELECT text FROM t").at(0).Text(0), "saved");
  Run("INSERT INTO t VALUES (2, 'new')");
  EXPECT_EQ(Count(), 2);
}

TEST_F(SqliteFailureTest, LaterDamageIsReportedAndReadsSucceedOnceItIsRepaired) {
  Run("INSERT INTO t VALUES (1, $1)", {std::string(100000, 'x')});
  Reopen();  // Closing writes the log into the file.
  const std::string whole = *ReadFile(path_, 1 << 24);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(8192, '\xA5') << std::flush;
  const Error damaged = Fails("SELECT text FROM t");
  EXPECT_EQ(damaged.code, Code::kInternal);
  EXPECT_TRUE(Says(damaged, "damaged")) << damaged.message;
  file.seekp(0);
  file << whole << std::flush;
  EXPECT_EQ(Run("SELECT text FROM t").at(0).Text(0).size(), 100000U);
}

TEST_F(SqliteFailureTest, WaitsForALockOfAnotherProgramAndThenGivesUpClearly) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  auto writing = std::async(std::launch::async, [this] { Run("INSERT INTO t VALUES (1, '')"); });
  EXPECT_EQ(Count(), 0) << "readers do not wait for it";
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  writing.get();
  EXPECT_EQ(Count(), 1);

  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Error error = Fails("INSERT INTO t VALUES (2, '')");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_TRUE(Says(error, "locked by another program")) << error.message;
  sqlite3_close(other);
}

// A clock that leaps an hour at each look.
class LeapingClock final : public Clock {
 public:
  [[nodiscard]] WallTime Now() const override { return {}; }
  [[nodiscard]] MonoTime Mono() const override {
    return MonoTime(std::chrono::hours(hours_.fetch_add(1)));
  }

 private:
  mutable std::atomic<int> hours_ = 0;
};

TEST(SqliteDeadline, EndsAQueryThatRunsForEver) {
  const TemporaryFolder folder;
  const LeapingClock clock;
  const auto database = OpenSqlite(folder.File("matinee.db"), clock, nullptr);
  ASSERT_TRUE(database) << database.error().message;
  const auto rows =
      (*database)->Run({"endless",
                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT COUNT(*) FROM n"},
                       {});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Code::kDeadlineExceeded);
  EXPECT_TRUE((*database)->Run({"next", "SELECT 1"}, {}));
}

}  // namespace
}  // namespace matinee::sql
