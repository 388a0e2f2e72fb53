#include "ffmpeg/media_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/lib/cpp/unprivileged.h"
#include "tests/unit/temporary_folder.h"

namespace matinee::ffmpeg {
namespace {

using ::testing::HasSubstr;

// Runs `work` on a thread whose openat2 answers `reason`, as in an old kernel (ENOSYS) or container
// runtime (EPERM).
void RunWithoutOpenat2(uint32_t reason, const std::function<void()>& work) {
  std::thread([&] {
    std::array<sock_filter, 4> filter = {
        sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | reason},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    const sock_fprog program{filter.size(), filter.data()};
    ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    ASSERT_EQ(syscall(SYS_openat2, -1, "", nullptr, 0), -1);
    ASSERT_EQ(errno, static_cast<int>(reason));
    work();
  }).join();
}

class MediaFileTest : public ::testing::Test {
 protected:
  MediaFileTest() {
    std::filesystem::create_directories(root_ + "/deep");
    std::filesystem::create_directories(other_root_);
  }

  Code CodeOf(const std::string& path) const {
    const auto file = OpenMediaFile(path, roots_);
    return file ? Code::kInternal : file.error().code;
  }
  void Link(const std::string& target, const std::string& path) const {
    std::filesystem::create_symlink(target, path);
  }
  std::string ContentOf(const MediaFile& file) const {
    std::array<char, 64> bytes{};
    const ssize_t count = pread(file.descriptor(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
  }
  void ExpectTheFence() const;

  const TemporaryFolder folder_;
  const std::string root_ = folder_.path() + "/media";
  const std::string other_root_ = folder_.path() + "/series";
  const std::vector<std::string> roots_ = {root_, other_root_, "/no/such/root"};
  const std::string inside_ = folder_.Write("media/film.mkv", "inside");
  const std::string other_ = folder_.Write("series/episode.mkv", "other");
  const std::string outside_ = folder_.Write("secret/film.mkv", "outside");
};

// Everything that must hold with openat2 and without.
void MediaFileTest::ExpectTheFence() const {
  const auto file = OpenMediaFile(inside_, roots_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->path(), inside_);
  EXPECT_EQ((*file)->version().size_bytes, 6);
  EXPECT_EQ(ContentOf(**file), "inside");
  EXPECT_EQ(ContentOf(**OpenMediaFile(root_ + "/deep/to the other", roots_)), "other");
  EXPECT_EQ(ContentOf(**OpenMediaFile(root_ + "/deep/up", roots_)), "inside");
  EXPECT_EQ(ContentOf(**OpenMediaFile(folder_.path() + "/into", roots_)), "inside");
  for (const std::string& path :
       {outside_, root_ + "/out", root_ + "/deep/out of here", root_ + "/folder/film.mkv",
        root_ + "/../secret/film.mkv", folder_.path() + "/media2"}) {
    const auto refused = OpenMediaFile(path, roots_);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, Code::kMediaError) << path;
    EXPECT_THAT(refused.error().message, HasSubstr("MEDIA_ROOTS"));
    EXPECT_THAT(refused.error().message, HasSubstr(path));
  }
}

class FenceTest : public MediaFileTest {
 protected:
  FenceTest() {
    Link("../../series/episode.mkv", root_ + "/deep/to the other");
    Link(inside_, root_ + "/deep/up");
    Link("media/film.mkv", folder_.path() + "/into");
    Link(outside_, root_ + "/out");
    Link("../../secret/film.mkv", root_ + "/deep/out of here");
    Link(folder_.path() + "/secret", root_ + "/folder");
    folder_.Write("media2", "beside");
  }
};

TEST_F(FenceTest, FollowsLinksOnlyInsideTheRoots) {
  ExpectTheFence();
}

TEST_F(FenceTest, HoldsWhereTheKernelOrTheContainerLacksOpenat2) {
  RunWithoutOpenat2(ENOSYS, [this] { ExpectTheFence(); });
  RunWithoutOpenat2(EPERM, [this] { ExpectTheFence(); });
}

TEST_F(MediaFileTest, OpensAnyFileWithoutRoots) {
  EXPECT_EQ(ContentOf(**OpenMediaFile(outside_, {})), "outside");
}

TEST_F(MediaFileTest, ExplainsWhatIsNotAMediaFile) {
  EXPECT_EQ(CodeOf(root_ + "/missing.mkv"), Code::kNotFound);
  EXPECT_EQ(CodeOf(inside_ + "/below"), Code::kNotFound);
  EXPECT_EQ(CodeOf(root_), Code::kMediaError);
  EXPECT_EQ(CodeOf(root_ + "/deep"), Code::kMediaError);
  EXPECT_EQ(CodeOf(folder_.Write("media/empty.mkv", "")), Code::kMediaError);
  EXPECT_EQ(CodeOf(folder_.Write("media/disc.ISO", "media")), Code::kMediaError);
  EXPECT_EQ(CodeOf("film.mkv"), Code::kMediaError);
  EXPECT_EQ(CodeOf(""), Code::kMediaError);
  EXPECT_EQ(CodeOf(std::string("/a\0b", 4)), Code::kMediaError);
}

TEST_F(MediaFileTest, DoesNotOpenAFifo) {
  const std::string fifo = root_ + "/fifo.mkv";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(CodeOf(fifo), Code::kMediaError) << "or it would hang";
}

TEST_F(MediaFileTest, ReportsMissingPermission) {
  chmod(inside_.c_str(), 0);
  RunUnprivileged([this] { EXPECT_EQ(CodeOf(inside_), Code::kPermissionDenied); });
  chmod(inside_.c_str(), 0600);
  chmod((root_ + "/deep").c_str(), 0);
  RunUnprivileged([this] { EXPECT_EQ(CodeOf(root_ + "/deep/a.mkv"), Code::kPermissionDenied); });
  chmod((root_ + "/deep").c_str(), 0700);
}

TEST_F(MediaFileTest, KeepsTheFileThatWasOpenedWhenThePathLeadsElsewhere) {
  const std::string path = root_ + "/link.mkv";
  Link(inside_, path);
  const auto file = OpenMediaFile(path, roots_);
  ASSERT_TRUE(file);
  std::filesystem::remove(path);
  Link(outside_, path);
  EXPECT_EQ(ContentOf(**file), "inside");
  EXPECT_TRUE(CheckReadable(**file));
  EXPECT_EQ(CodeOf(path), Code::kMediaError);
}

// A folder above the file is exchanged with a link that leads outside, and back, all the time: what
// the path led to when it was resolved is not what it leads to when it is opened.
class RaceTest : public MediaFileTest {
 protected:
  RaceTest() { Link(folder_.path() + "/secret", trap_); }

  bool Exchange() const {
    return renameat2(AT_FDCWD, place_.c_str(), AT_FDCWD, trap_.c_str(), RENAME_EXCHANGE) == 0;
  }
  int CountOpened() const {
    std::atomic<bool> stop{false};
    std::atomic<int> exchanges{0};
    std::thread attacker([&] {
      while (!stop) exchanges += Exchange() ? 1 : 0;
    });
    int opened = 0;
    for (int i = 0; i < 4000 || exchanges < 1000; ++i) {
      const auto file = OpenMediaFile(place_ + "/film.mkv", roots_);
      if (!file) continue;
      ++opened;
      EXPECT_EQ(ContentOf(**file), "real");
    }
    stop = true;
    attacker.join();
    return opened;
  }

  const std::string real_ = folder_.Write("media/place/film.mkv", "real");
  const std::string place_ = root_ + "/place";
  const std::string trap_ = root_ + "/trap";
};

TEST_F(RaceTest, NeverOpensAFileOutside) {
  ASSERT_TRUE(Exchange());
  EXPECT_GT(CountOpened(), 0);
}

TEST_F(RaceTest, NeverOpensAFileOutsideWithoutOpenat2) {
  RunWithoutOpenat2(ENOSYS, [this] { EXPECT_GT(CountOpened(), 0); });
}

}  // namespace
}  // namespace matinee::ffmpeg
