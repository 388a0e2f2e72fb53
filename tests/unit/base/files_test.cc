#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "tests/unit/temporary_folder.h"

namespace matinee {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    // Readable without root's rights.
    chmod(folder_.c_str(), 0755);
  }
  ~FilesTest() override { chmod((folder_ + "/locked").c_str(), 0755); }

  // A folder in which only root can create a file.
  std::string LockedFolder() {
    const std::string path = folder_ + "/locked";
    fs::create_directory(path);
    chmod(path.c_str(), 0555);
    return path;
  }

  // Runs `body` as another user if the test runs as root, whom permissions do not restrict.
  template <typename Body>
  void WithoutRoot(Body body) {
    constexpr uid_t kOtherUser = 65534;
    const bool root = geteuid() == 0;
    if (root) {
      ASSERT_EQ(seteuid(kOtherUser), 0);
    }
    body();
    if (root) {
      ASSERT_EQ(seteuid(0), 0);
    }
  }

  std::string Write(const std::string& name, const std::string& content) {
    return temporary_.Write(name, content);
  }

  const TemporaryFolder temporary_;
  const std::string& folder_ = temporary_.path();
};

bool IsOpen(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFdTest, ClosesItsDescriptor) {
  int number = -1;
  {
    const UniqueFd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = file.get();
    EXPECT_TRUE(file.valid());
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
  EXPECT_FALSE(UniqueFd().valid());
}

TEST(UniqueFdTest, AMoveTransfersTheDescriptor) {
  UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  UniqueFd third(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int closed = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), number);
  EXPECT_FALSE(IsOpen(closed));
  third.Reset();
  EXPECT_FALSE(third.valid());
  EXPECT_FALSE(IsOpen(number));
  third.Reset();
}

TEST(SystemErrorTest, EachErrnoHasItsCode) {
  EXPECT_EQ(SystemError("x", ENOSPC).code, Code::kInsufficientStorage);
  EXPECT_EQ(SystemError("x", EDQUOT).code, Code::kInsufficientStorage);
  EXPECT_EQ(SystemError("x", EACCES).code, Code::kPermissionDenied);
  EXPECT_EQ(SystemError("x", EPERM).code, Code::kPermissionDenied);
  EXPECT_EQ(SystemError("x", EROFS).code, Code::kPermissionDenied);
  EXPECT_EQ(SystemError("x", ENOENT).code, Code::kNotFound);
  EXPECT_EQ(SystemError("x", EIO).code, Code::kUnavailable);
  EXPECT_EQ(SystemError("cannot open /x", ENOENT).message,
            "cannot open /x: No such file or directory");
}

TEST_F(FilesTest, ReadsAWholeFile) {
  std::string content = std::string("a\0b\xFF", 4) + std::string(200000, 'x');
  EXPECT_EQ(ReadFile(Write("f", content), 1 << 20).value(), content);
  EXPECT_EQ(ReadFile(Write("empty", ""), 10).value(), "");
}

TEST_F(FilesTest, RefusesAFileThatIsLongerThanAllowed) {
  const std::string path = Write("f", std::string(100, 'x'));
  EXPECT_TRUE(ReadFile(path, 100));
  const auto longer = ReadFile(path, 99);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(ReadFile("/dev/zero", 1 << 20)) << "an endless file is not read to its end";
}

TEST_F(FilesTest, ReportsWhyAFileCannotBeRead) {
  const auto missing = ReadFile(folder_ + "/a\nb", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().message.find("a\\x0Ab"), std::string::npos) << missing.error().message;
  EXPECT_FALSE(ReadFile(folder_, 10));
  const std::string path = Write("secret", "x");
  chmod(path.c_str(), 0000);
  WithoutRoot([&] { EXPECT_EQ(ReadFile(path, 10).error().code, Code::kPermissionDenied); });
}

TEST_F(FilesTest, ReplacesAFileAtomically) {
  const std::string path = folder_ + "/f";
  ASSERT_TRUE(WriteFileAtomically(path, "old"));
  std::ifstream reader(path);
  ASSERT_TRUE(WriteFileAtomically(path, "new"));
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old") << "an open descriptor still reads the old file";
  EXPECT_EQ(ReadFile(path, 10).value(), "new");
  EXPECT_FALSE(fs::exists(path + ".tmp"));
}

TEST_F(FilesTest, WritesForOwnerAndGroupOnly) {
  const std::string path = folder_ + "/f";
  ASSERT_TRUE(WriteFileAtomically(path, "x"));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007U, 0U);
}

TEST_F(FilesTest, ReportsWhyAFileCannotBeWritten) {
  EXPECT_EQ(WriteFileAtomically(folder_ + "/nowhere/f", "x").error().code, Code::kNotFound);
  const std::string locked = LockedFolder();
  WithoutRoot([&] {
    const Status status = WriteFileAtomically(locked + "/f", "x");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kPermissionDenied);
    EXPECT_NE(status.error().message.find("Permission denied"), std::string::npos);
  });
}

TEST_F(FilesTest, KeepsTheOldFileWhenTheDiskIsFull) {
  const std::string path = folder_ + "/f";
  ASSERT_TRUE(WriteFileAtomically(path, "old"));
  fs::create_symlink("/dev/full", path + ".tmp");  // Every write to it fails with ENOSPC.
  const Status status = WriteFileAtomically(path, "new");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kInsufficientStorage);
  EXPECT_EQ(ReadFile(path, 10).value(), "old");
  EXPECT_FALSE(fs::exists(fs::symlink_status(path + ".tmp"))) << "the partial file is removed";
}

TEST_F(FilesTest, CreatesFoldersWithTheirParents) {
  EXPECT_TRUE(CreateDirectories(folder_ + "/a/b/c"));
  EXPECT_TRUE(CreateDirectories(folder_ + "/a/b/c")) << "it exists already";
  EXPECT_TRUE(fs::is_directory(folder_ + "/a/b/c"));
  Write("file", "x");
  EXPECT_FALSE(CreateDirectories(folder_ + "/file"));
  EXPECT_FALSE(CreateDirectories(folder_ + "/file/x"));
  const std::string locked = LockedFolder();
  WithoutRoot(
      [&] { EXPECT_EQ(CreateDirectories(locked + "/x").error().code, Code::kPermissionDenied); });
}

TEST_F(FilesTest, FlushesFilesAndFolders) {
  EXPECT_TRUE(SyncPath(Write("f", "x")));
  EXPECT_TRUE(SyncPath(folder_));
  EXPECT_TRUE(SyncPath(""));
  EXPECT_EQ(SyncPath(folder_ + "/nowhere").error().code, Code::kNotFound);
}

TEST_F(FilesTest, ReturnsTheFreeBytes) {
  EXPECT_GT(FreeBytes(folder_).value(), 0);
  EXPECT_EQ(FreeBytes(folder_).value() % 512, 0);
  EXPECT_EQ(FreeBytes(folder_ + "/nowhere").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace matinee
