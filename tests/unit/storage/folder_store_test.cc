// The store of files in a folder.
#include "storage/folder_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/text_files.h"

namespace matinee::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kId = "0190b6c1-7d3e-7c4f-9a51-0e2f6b1c8d47";

class FolderStoreTest : public testing::Test {
 protected:
  void Open() {
    const Status opened = files_.Open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  std::string PathOf(const std::string& owner, const std::string& name) {
    const auto path = files_.TemporaryPath(owner, name);
    EXPECT_TRUE(path) << path.error().message;
    return path.value_or("");
  }
  // Writes a temporary file and returns its path.
  std::string Make(const std::string& name, const std::string& text,
                   const std::string& owner = "capture") {
    const std::string path = PathOf(owner, name);
    WriteTextFile(path, text);
    return path;
  }
  std::string Path(const std::string& name) { return folder_ + "/" + name; }
  std::set<std::string> Files() { return FilesIn(folder_); }
  std::set<std::string> NamesOf(const std::string& owner) {
    const auto files = files_.TemporaryFiles(owner);
    EXPECT_TRUE(files);
    std::set<std::string> names;
    for (const TemporaryFile& file : files.value_or(std::vector<TemporaryFile>())) {
      EXPECT_TRUE(fs::is_regular_file(file.path)) << file.path;
      names.insert(file.name);
    }
    return names;
  }

  TemporaryFolder around_;
  const std::string folder_ = around_.File("deep/er/captures");
  FolderStore files_{folder_, {"thumbnails"}};
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

// Another attempt may succeed: the media file is not to blame.
TEST_F(FolderStoreTest, AFileThatHasVanishedIsAnInternalError) {
  Open();
  const auto published = files_.Publish(PathOf("capture", "a.1.mp4"), "a.mp4");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, Code::kInternal);
  EXPECT_TRUE(InfoOf(published.error().code).retryable);
  EXPECT_TRUE(Files().empty());
}

TEST_F(FolderStoreTest, PublishDoesNotReplaceAFolder) {
  Open();
  fs::create_directory(Path("a.mp4"));
  EXPECT_FALSE(files_.Publish(Make("a.1.mp4", "clip"), "a.mp4"));
  EXPECT_TRUE(fs::exists(PathOf("capture", "a.1.mp4")));
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

TEST_F(FolderStoreTest, AnOwnerListsItsOwnTemporaryFilesOnly) {
  Open();
  EXPECT_EQ(NamesOf("poster"), std::set<std::string>());
  const std::string id(kId);
  Make(id + ".1.mp4", "half", "capture");
  Make(id + ".jpg", "half", "poster");
  Make(id + ".png", "half", "post");
  Make("7", "half", "poster_2");
  EXPECT_EQ(NamesOf("capture"), std::set<std::string>({id + ".1.mp4"}));
  EXPECT_EQ(NamesOf("poster"), std::set<std::string>({id + ".jpg"}));
  EXPECT_EQ(NamesOf("post"), std::set<std::string>({id + ".png"}));
  EXPECT_EQ(NamesOf("poster_2"), std::set<std::string>({"7"}));
  EXPECT_EQ(NamesOf("ingest"), std::set<std::string>());
}

TEST_F(FolderStoreTest, AnOwnerThatDiscardsWhatItListsLeavesTheFilesOfOthers) {
  Open();
  const std::string name = std::string(kId) + ".1.mp4";
  Make(name, "half", "capture");
  Make(name, "half", "ingest");
  ASSERT_TRUE(files_.Publish(Make("b", "whole", "capture"), name));
  const auto listed = files_.TemporaryFiles("capture");
  ASSERT_TRUE(listed);
  for (const TemporaryFile& file : *listed) files_.Discard(file.path);
  EXPECT_EQ(Files(), std::set<std::string>({".tmp/ingest." + name, name}));
}

// Version 0.1.0 discards each file whose name begins with a UUID and '.', unless the UUID is that
// of a capture with a live job.
TEST_F(FolderStoreTest, VersionOneDoesNotTakeATemporaryFileForItsOwn) {
  Open();
  for (const std::string& owner :
       {std::string("capture"), std::string("a"), std::string(32, 'a')}) {
    const std::string file_name = fs::path(PathOf(owner, std::string(kId) + ".1.mp4")).filename();
    EXPECT_FALSE(IsUuid(file_name.substr(0, 36))) << file_name;
  }
}

TEST_F(FolderStoreTest, TemporaryFilesOfAnotherDatabaseAreNotListed) {
  Open();
  const std::string ours = "0190b6c1-0000-7c4f-9a51-00000000000a";
  const std::string theirs = "0190b6c1-0000-7c4f-9a51-00000000000b";
  const FolderStore our_files(folder_, {}, ours);
  const FolderStore their_files(folder_, {}, theirs);
  const std::string name = std::string(kId) + ".1.mp4";
  const std::string our_path = our_files.TemporaryPath("capture", name).value();
  const std::string their_path = their_files.TemporaryPath("capture", name).value();
  EXPECT_NE(our_path, their_path);
  WriteTextFile(our_path, "half");
  WriteTextFile(their_path, "half");
  Make(name, "half");  // Of a version whose names had no database.
  const auto listed = our_files.TemporaryFiles("capture");
  ASSERT_TRUE(listed);
  std::set<std::string> paths;
  for (const TemporaryFile& file : *listed) {
    EXPECT_EQ(file.name, name);
    paths.insert(file.path);
  }
  EXPECT_EQ(paths, std::set<std::string>({our_path, PathOf("capture", name)}));
}

TEST_F(FolderStoreTest, TemporaryFilesOfVersionOneBelongToCaptures) {
  Open();
  const std::string id(kId);
  const std::set<std::string> legacy = {id + ".1.mp4", id + ".2.thumbnail.jpg",
                                        id + ".0f3c.poster.jpg"};
  for (const std::string& name : legacy) WriteTextFile(Path(".tmp/" + name), "half");
  EXPECT_EQ(NamesOf("capture"), legacy);
  EXPECT_EQ(NamesOf("poster"), std::set<std::string>());

  Make(id + ".1.mp4", "half");  // The same capture, made by this version.
  const auto files = files_.TemporaryFiles("capture");
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 4U);
  for (const TemporaryFile& file : *files) files_.Discard(file.path);
  EXPECT_EQ(Files(), std::set<std::string>());
}

TEST_F(FolderStoreTest, FilesWithoutAnOwnerAreNotListed) {
  Open();
  const std::string id(kId);
  for (const std::string& name : std::vector<std::string>{
           ".tmp/notes.txt", ".tmp/restored", ".tmp/" + id, ".tmp/" + id + "x.jpg",
           ".tmp/" + id.substr(1) + ".jpg", ".tmp/-rf", ".tmp/a\nb\xFF.jpg", ".tmp/capture",
           ".tmp/capture.", ".tmp/capture..1.mp4", ".tmp/capture.a\nb", ".tmp/capture.a\xFF",
           ".tmp/Capture." + id + ".jpg", "capture.film.mp4", id + ".mp4"}) {
    WriteTextFile(Path(name), "of another program");
  }
  fs::create_directory(Path(".tmp/" + id + ".d"));
  fs::create_directory(Path(".tmp/capture." + id + ".d"));
  EXPECT_EQ(NamesOf("capture"), std::set<std::string>());
}

TEST_F(FolderStoreTest, HostileOwnersAreRefused) {
  Open();
  for (const std::string& owner :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a.b"),
        std::string("../capture"), std::string("Capture"), std::string("a b"), std::string("a\n"),
        std::string("a\0b", 3), std::string("\xFF"), std::string("a-b"), std::string(33, 'a'),
        std::string(kId)}) {
    const auto path = files_.TemporaryPath(owner, "a");
    ASSERT_FALSE(path) << *path;
    EXPECT_EQ(path.error().code, Code::kInvalidArgument);
    EXPECT_EQ(path.error().message.find_first_of(std::string("\n\0", 2)), std::string::npos);
    const auto files = files_.TemporaryFiles(owner);
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, Code::kInvalidArgument);
  }
}

TEST_F(FolderStoreTest, HostileNamesAreRefused) {
  Open();
  WriteTextFile(around_.File("precious.mp4"), "precious");
  const std::string temporary = Make("a.1.mp4", "clip");
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("/"), std::string("a/"),
        std::string("/a"), std::string("a//b"), std::string("a/../b"), std::string("../a.mp4"),
        std::string("../../../precious.mp4"), around_.File("precious.mp4"), std::string(".tmp/a"),
        std::string(".hidden"), std::string("a/.b"), std::string("a\n"), std::string("a\0b", 3),
        std::string("a\xFF"), std::string("thumbnails/..")}) {
    const auto path = files_.TemporaryPath("capture", name);
    ASSERT_FALSE(path) << *path;
    EXPECT_EQ(path.error().code, Code::kInvalidArgument);
    EXPECT_EQ(files_.Publish(temporary, name).error().code, Code::kInvalidArgument);
    EXPECT_EQ(files_.ReadablePath(name).error().code, Code::kInvalidArgument);
    EXPECT_EQ(files_.Remove(name).error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(files_.TemporaryPath("capture", "folder/a"));
  EXPECT_EQ(ReadTextFile(around_.File("precious.mp4")), "precious");
  EXPECT_EQ(Files(), std::set<std::string>({".tmp/capture.a.1.mp4"}));
}

TEST_F(FolderStoreTest, DiscardRefusesWhatIsNotATemporaryFile) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Open();
  ASSERT_TRUE(files_.Publish(Make("a.1.mp4", "clip"), "a.mp4"));
  EXPECT_DEATH(files_.Discard(*files_.ReadablePath("a.mp4")), "only temporary files");
}

TEST_F(FolderStoreTest, OpenKeepsTemporaryFiles) {
  Open();
  Make("a.1.mp4", "half");
  Open();
  EXPECT_EQ(NamesOf("capture"), std::set<std::string>({"a.1.mp4"}))
      << "it may belong to a running attempt of another process";
}

TEST_F(FolderStoreTest, ASymbolicLinkIsNotFollowed) {
  Open();
  WriteTextFile(around_.File("precious.mp4"), "precious");
  const std::string link = PathOf("capture", "a.1.mp4");
  fs::create_symlink(around_.File("precious.mp4"), link);
  EXPECT_EQ(NamesOf("capture"), std::set<std::string>());
  files_.Discard(link);
  EXPECT_EQ(ReadTextFile(around_.File("precious.mp4")), "precious");
}

TEST_F(FolderStoreTest, AMissingTemporaryFolderIsAnError) {
  Open();
  fs::remove_all(Path(".tmp"));
  const auto files = files_.TemporaryFiles("capture");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Code::kNotFound);
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
  EXPECT_EQ(Files(), std::set<std::string>({".tmp/capture.a.1.mp4", "b.mp4"}));
}

TEST_F(FolderStoreTest, FreeBytesAreReported) {
  Open();
  const auto free = files_.FreeBytes();
  ASSERT_TRUE(free);
  EXPECT_GT(*free, 0);
  EXPECT_FALSE(FolderStore(around_.File("nowhere")).FreeBytes());
}

}  // namespace
}  // namespace matinee::storage
