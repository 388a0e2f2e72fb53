#include "media/path_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "tests/lib/cpp/unprivileged.h"
#include "tests/unit/manual_clock.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::media {
namespace {

using testing::HasSubstr;

std::string Mapped(const std::string& path, const std::vector<PathMapping>& mappings) {
  const auto mapped = MapPath(path, mappings);
  return mapped ? *mapped : "refused: " + mapped.error().message;
}

TEST(MapPathTest, KeepsAPathWithoutAMatchingMapping) {
  EXPECT_EQ(Mapped("/media/film.mkv", {}), "/media/film.mkv");
  EXPECT_EQ(Mapped("/media/film.mkv", {{"/data", "/mnt"}}), "/media/film.mkv");
}

TEST(MapPathTest, MatchesOnlyAtAFolderBoundary) {
  const std::vector<PathMapping> mappings = {{"/tv", "/mnt/series"}};
  EXPECT_EQ(Mapped("/tv/a.mkv", mappings), "/mnt/series/a.mkv");
  EXPECT_EQ(Mapped("/tv2/a.mkv", mappings), "/tv2/a.mkv");
  EXPECT_EQ(Mapped("/mnt/tv/a.mkv", mappings), "/mnt/tv/a.mkv");
}

TEST(MapPathTest, PrefersTheLongestMappingInAnyOrder) {
  const std::vector<PathMapping> mappings = {
      {"/data", "/a"}, {"/data/films/4k", "/c"}, {"/data/films", "/b"}};
  EXPECT_EQ(Mapped("/data/x.mkv", mappings), "/a/x.mkv");
  EXPECT_EQ(Mapped("/data/films/x.mkv", mappings), "/b/x.mkv");
  EXPECT_EQ(Mapped("/data/films/4k/x.mkv", mappings), "/c/x.mkv");
}

TEST(MapPathTest, IgnoresTrailingSlashesOfAMapping) {
  EXPECT_EQ(Mapped("/data/x.mkv", {{"/data/", "/mnt/"}}), "/mnt/x.mkv");
  EXPECT_EQ(Mapped("/data/x.mkv", {{"/", "/mnt"}}), "/mnt/data/x.mkv");
  EXPECT_EQ(Mapped("/data/x.mkv", {{"/data", "/"}}), "/x.mkv");
}

TEST(MapPathTest, IgnoresCaseInWindowsPaths) {
  const std::vector<PathMapping> mappings = {{"D:\\Films", "/mnt/films"}, {"\\\\NAS\\tv", "/tv"}};
  EXPECT_EQ(Mapped("d:\\films\\Alien\\Alien.mkv", mappings), "/mnt/films/Alien/Alien.mkv");
  EXPECT_EQ(Mapped("D:/Films/Alien.mkv", mappings), "/mnt/films/Alien.mkv");
  EXPECT_EQ(Mapped("\\\\nas\\TV\\a.mkv", mappings), "/tv/a.mkv");
  EXPECT_EQ(Mapped("//nas/tv/a.mkv", mappings), "/tv/a.mkv");
}

TEST(MapPathTest, MapsAWholeDrive) {
  EXPECT_EQ(Mapped("D:\\a.mkv", {{"D:\\", "/mnt/d"}}), "/mnt/d/a.mkv");
  EXPECT_EQ(Mapped("D:\\a.mkv", {{"d:", "/mnt/d"}}), "/mnt/d/a.mkv");
}

TEST(MapPathTest, RespectsCaseAndBackslashesInLinuxPaths) {
  EXPECT_EQ(Mapped("/Data/a.mkv", {{"/data", "/mnt"}}), "/Data/a.mkv");
  EXPECT_EQ(Mapped("/data/a\\b.mkv", {{"/data", "/mnt"}}), "/mnt/a\\b.mkv");
}

TEST(MapPathTest, MapsANetworkAddressToALocalFolder) {
  EXPECT_EQ(Mapped("smb://NAS/films/a.mkv", {{"smb://nas/films", "/mnt"}}), "/mnt/a.mkv");
}

TEST(MapPathTest, ExplainsPathsThatCannotBeLocal) {
  EXPECT_THAT(Mapped("D:\\a.mkv", {}), HasSubstr("PATH_MAPPINGS"));
  EXPECT_THAT(Mapped("D:\\a.mkv", {}), HasSubstr("D:\\a.mkv"));
  EXPECT_THAT(Mapped("https://cdn.example/a.mkv", {}), HasSubstr("network"));
  EXPECT_THAT(Mapped("a.mkv", {}), HasSubstr("not an absolute path"));
  EXPECT_THAT(Mapped("", {}), HasSubstr("does not say which file"));
}

TEST(MapPathTest, RejectsParentSegments) {
  EXPECT_THAT(Mapped("/media/../etc/passwd", {}), HasSubstr("contains “..”"));
  EXPECT_THAT(Mapped("D:\\x\\..\\..\\etc", {{"D:", "/mnt"}}), HasSubstr("contains “..”"));
  EXPECT_EQ(Mapped("/media/..a/b..", {}), "/media/..a/b..");
}

TEST(MapPathTest, RejectsInvalidPaths) {
  EXPECT_THAT(Mapped(std::string("/a\0b", 4), {}), HasSubstr("is invalid"));
  EXPECT_THAT(Mapped("/" + std::string(5000, 'a'), {}), HasSubstr("is invalid"));
}

TEST(MapPathTest, KeepsInvalidUtf8InPathsAndEscapesItInMessages) {
  EXPECT_EQ(Mapped("/data/\xE9.mkv", {{"/data", "/mnt"}}), "/mnt/\xE9.mkv");
  EXPECT_THAT(Mapped("\xE9.mkv", {}), HasSubstr("\\xE9.mkv"));
}

class CheckMediaFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Problem(const std::string& path,
                                    const std::vector<std::string>& roots = {}) const {
    const Status status = CheckMediaFile(path, roots);
    return status ? "" : status.error().message;
  }
  TemporaryFolder folder_;
};

TEST_F(CheckMediaFileTest, AcceptsAReadableFile) {
  EXPECT_EQ(Problem(folder_.Write("a.mkv", "film")), "");
  EXPECT_EQ(Problem(folder_.Write("-q $(rm) \"'\n%.mkv", "film")), "");
}

TEST_F(CheckMediaFileTest, NamesAMissingPathAndTheFix) {
  const std::string path = folder_.path() + "/gone.mkv";
  EXPECT_THAT(Problem(path), HasSubstr(path));
  EXPECT_THAT(Problem(path), HasSubstr("Mount"));
  EXPECT_THAT(Problem(path), HasSubstr("PATH_MAPPINGS"));
}

TEST_F(CheckMediaFileTest, RejectsAFolder) {
  EXPECT_THAT(Problem(folder_.path()), HasSubstr("not a file"));
}

TEST_F(CheckMediaFileTest, RejectsAnUnreadableFile) {
  const std::string path = folder_.Write("a.mkv", "film");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  RunUnprivileged([&] { EXPECT_THAT(Problem(path), HasSubstr("is not readable")); });
}

TEST_F(CheckMediaFileTest, RejectsFilesOutsideMediaRoots) {
  const std::string inside = folder_.Write("films/a.mkv", "film");
  const std::string beside = folder_.Write("films2/a.mkv", "film");
  const std::vector<std::string> roots = {folder_.path() + "/nowhere", folder_.path() + "/films"};
  EXPECT_EQ(Problem(inside, roots), "");
  EXPECT_THAT(Problem(beside, roots), HasSubstr("MEDIA_ROOTS"));
  EXPECT_EQ(Problem(beside, {"/"}), "");
}

TEST_F(CheckMediaFileTest, ResolvesSymbolicLinksFirst) {
  const std::string secret = folder_.Write("private/key", "film");
  folder_.Write("films/a.mkv", "film");
  const std::string link = folder_.path() + "/films/link.mkv";
  std::filesystem::create_symlink(secret, link);
  EXPECT_THAT(Problem(link, {folder_.path() + "/films"}), HasSubstr("outside"));
  // An allowed folder may itself be a link.
  std::filesystem::create_directory_symlink(folder_.path() + "/films", folder_.path() + "/root");
  EXPECT_EQ(Problem(folder_.path() + "/films/a.mkv", {folder_.path() + "/root"}), "");
}

TEST(FileResolverTest, CachesAFileAndAMissingFileForLess) {
  const TemporaryFolder folder;
  ManualClock clock{WallTime{}};
  FileResolver resolver({{"/srv", folder.path()}}, {}, clock);
  EXPECT_FALSE(resolver.Resolve("/srv/a.mkv"));
  const std::string path = folder.Write("a.mkv", "film");
  EXPECT_FALSE(resolver.Resolve("/srv/a.mkv"));
  clock.Advance(std::chrono::seconds(6));
  ASSERT_TRUE(resolver.Resolve("/srv/a.mkv"));
  EXPECT_EQ(*resolver.Resolve("/srv/a.mkv"), path);
  std::filesystem::remove(path);
  EXPECT_TRUE(resolver.Resolve("/srv/a.mkv"));
  clock.Advance(std::chrono::seconds(31));
  EXPECT_FALSE(resolver.Resolve("/srv/a.mkv"));
}

}  // namespace
}  // namespace matinee::media
