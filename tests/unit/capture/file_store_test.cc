// The store of files in a folder.
#include "capture/file_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "tests/unit/capture/fakes.h"

namespace matinee::capture {
namespace {

namespace fs = std::filesystem;

constexpr const char* kId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";

class FolderStoreTest : public testing::Test {
 protected:
  void Open() {
    const Status opened = files_.Open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  std::string Make(const std::string& name, const std::string& text) {
    const std::string path = files_.TemporaryPath(name);
    WriteTextFile(path, text);
    return path;
  }
  std::string Path(const std::string& name) { return folder_ + "/" + name; }
  void WriteTemporary(const std::string& name) { WriteTextFile(Path(".tmp/" + name), "half"); }
  std::set<std::string> Files() { return FilesIn(folder_); }
  std::set<std::string> TemporaryNames() {
    const auto names = files_.TemporaryNames();
    EXPECT_TRUE(names);
    return names ? std::set(names->begin(), names->end()) : std::set<std::string>();
  }

  TemporaryFolder around_;
  const std::string folder_ = around_.File("deep/er/captures");
  FolderStore files_{folder_};
};

TEST_F(FolderStoreTest, OpenCreatesTheFolders) {
  Open();
  EXPECT_TRUE(fs::is_directory(Path(".tmp")));
  EXPECT_TRUE(fs::is_directory(Path("thumbnails")));
}

TEST_F(FolderStoreTest, AFileIsPublishedUnderItsName) {
  Open();
  const std::string temporary = Make("a.1.mp4", "clip");
  EXPECT_EQ(files_.Publish(temporary, "a.mp4"), 4);
  EXPECT_EQ(files_.Publish(Make("a.1.thumbnail.jpg", "small"), "thumbnails/a.jpg"), 5);
  EXPECT_EQ(ReadTextFile(Path("a.mp4")), "clip");
  EXPECT_EQ(Files(), std::set<std::string>({"a.mp4", "thumbnails/a.jpg"}));
}

TEST_F(FolderStoreTest, PublishReplacesAnOlderFile) {
  Open();
  ASSERT_TRUE(files_.Publish(Make("a.1.mp4", "first"), "a.mp4"));
  ASSERT_TRUE(files_.Publish(Make("a.2.mp4", "second"), "a.mp4"));
  EXPECT_EQ(ReadTextFile(Path("a.mp4")), "second");
}

TEST_F(FolderStoreTest, AMissingFileIsNotPublished) {
  Open();
  const auto published = files_.Publish(files_.TemporaryPath("a.1.mp4"), "a.mp4");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, Code::kNotFound);
  EXPECT_TRUE(Files().empty());
}

TEST_F(FolderStoreTest, PublishDoesNotReplaceAFolder) {
  Open();
  fs::create_directory(Path("a.mp4"));
  EXPECT_FALSE(files_.Publish(Make("a.1.mp4", "clip"), "a.mp4"));
  EXPECT_TRUE(fs::exists(files_.TemporaryPath("a.1.mp4")));
}

TEST_F(FolderStoreTest, RemoveSucceedsWhetherOrNotTheFileExists) {
  Open();
  ASSERT_TRUE(files_.Publish(Make("a.1.mp4", "clip"), "a.mp4"));
  EXPECT_TRUE(files_.Remove("a.mp4"));
  EXPECT_TRUE(files_.Remove("a.mp4"));
  EXPECT_TRUE(files_.Remove("thumbnails/a.jpg"));
  EXPECT_TRUE(Files().empty());
}

TEST_F(FolderStoreTest, DiscardRemovesATemporaryFile) {
  Open();
  const std::string temporary = Make("a.1.mp4", "half");
  files_.Discard(temporary);
  files_.Discard(temporary);
  EXPECT_TRUE(Files().empty());
}

TEST_F(FolderStoreTest, OnlyTemporaryFilesOfCapturesAreListed) {
  Open();
  const std::string id(kId);
  EXPECT_EQ(TemporaryNames(), std::set<std::string>());
  const std::set<std::string> ours = {id + ".1.mp4", id + ".2.thumbnail.jpg",
                                      id + ".0f3c.poster.jpg"};
  for (const std::string& name : ours) WriteTemporary(name);
  const std::set<std::string> others = {".tmp/notes.txt",
                                        ".tmp/" + id,
                                        ".tmp/" + id + "x.jpg",
                                        ".tmp/" + id.substr(1) + ".jpg",
                                        ".tmp/-rf",
                                        ".tmp/a\nb\xFF.jpg",
                                        "film.mp4",
                                        id + ".mp4"};
  for (const std::string& name : others) WriteTextFile(Path(name), "theirs");
  fs::create_directory(Path(".tmp/" + id + ".d"));
  EXPECT_EQ(TemporaryNames(), ours);
}

TEST_F(FolderStoreTest, OpenKeepsTemporaryFiles) {
  Open();
  WriteTemporary(std::string(kId) + ".1.mp4");
  Open();
  EXPECT_EQ(TemporaryNames(), std::set<std::string>({std::string(kId) + ".1.mp4"}))
      << "it may belong to a running attempt of another process";
}

TEST_F(FolderStoreTest, ASymbolicLinkIsNotFollowed) {
  Open();
  const std::string name = std::string(kId) + ".1.mp4";
  WriteTextFile(around_.File("precious.mp4"), "precious");
  fs::create_symlink(around_.File("precious.mp4"), Path(".tmp/" + name));
  EXPECT_EQ(TemporaryNames(), std::set<std::string>());
  files_.Discard(files_.TemporaryPath(name));
  EXPECT_EQ(ReadTextFile(around_.File("precious.mp4")), "precious");
}

TEST_F(FolderStoreTest, AMissingTemporaryFolderIsAnError) {
  Open();
  fs::remove_all(Path(".tmp"));
  const auto names = files_.TemporaryNames();
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().code, Code::kNotFound);
}

TEST_F(FolderStoreTest, AFileInPlaceOfTheFolderIsAnError) {
  fs::create_directories(fs::path(folder_).parent_path());
  WriteTextFile(folder_, "a file");
  const Status opened = files_.Open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find(folder_), std::string::npos) << opened.error().message;
}

// Root may write everywhere, so tests that run as root switch to another user for a while.
class UnprivilegedUser {
 public:
  UnprivilegedUser() {
    if (was_root_ && setresuid(kUserId, kUserId, 0) != 0) std::abort();
  }
  ~UnprivilegedUser() {
    if (was_root_ && setresuid(0, 0, 0) != 0) std::abort();
  }
  UnprivilegedUser(const UnprivilegedUser&) = delete;
  UnprivilegedUser& operator=(const UnprivilegedUser&) = delete;

  static constexpr uid_t kUserId = 65534;

 private:
  const bool was_root_ = geteuid() == 0;
};

TEST_F(FolderStoreTest, AReadOnlyFolderIsAnError) {
  Open();
  const std::string temporary = Make("a.1.mp4", "clip");
  ASSERT_TRUE(files_.Publish(Make("b.1.mp4", "clip"), "b.mp4"));
  fs::permissions(around_.path(), fs::perms::others_exec, fs::perm_options::add);
  fs::permissions(temporary, fs::perms::others_read, fs::perm_options::add);
  fs::permissions(folder_, fs::perms(0555));
  {
    const UnprivilegedUser user;
    EXPECT_EQ(files_.Publish(temporary, "a.mp4").error().code, Code::kPermissionDenied);
    EXPECT_EQ(files_.Remove("b.mp4").error().code, Code::kPermissionDenied);
    EXPECT_EQ(files_.Open().error().code, Code::kPermissionDenied);
  }
  fs::permissions(folder_, fs::perms::owner_all);
  EXPECT_EQ(Files(), std::set<std::string>({".tmp/a.1.mp4", "b.mp4"}));
}

TEST_F(FolderStoreTest, FreeBytesAreReported) {
  Open();
  const auto free = files_.FreeBytes();
  ASSERT_TRUE(free);
  EXPECT_GT(*free, 0);
  EXPECT_FALSE(FolderStore(around_.File("nowhere")).FreeBytes());
}

}  // namespace
}  // namespace matinee::capture
