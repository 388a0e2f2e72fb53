#include "process/environment.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "tests/unit/temporary_folder.h"

namespace matinee::process {
namespace {

using ::testing::ElementsAre;

TEST(InheritedEnvironmentTest, KeepsWhatIsOnTheListOnly) {
  const std::array<const char*, 29> environment = {"PATH=/bin",
                                                   "PLEX_TOKEN=a",
                                                   "SMB_PASS=b",
                                                   "SMTP_PASSWD=c",
                                                   "MYSQL_PWD=d",
                                                   "AWS_CREDENTIALS=e",
                                                   "VAULT_ADDR_AUTH=f",
                                                   "SSH_PASSPHRASE=g",
                                                   "https_proxy=http://u:p@proxy",
                                                   "DATABASE_URL=h",
                                                   "HOME=/root",
                                                   "LD_PRELOAD=/tmp/evil.so",
                                                   "FFREPORT=file=/tmp/report:level=32",
                                                   "OTEL_EXPORTER_OTLP_HEADERS=authorization=i",
                                                   "LANG=token,secret",
                                                   "LC_ALL=C.UTF-8",
                                                   "TZ=Europe/Paris",
                                                   "TMPDIR=/tmp",
                                                   "LD_LIBRARY_PATH=/opt/lib",
                                                   "LIBVA_DRIVER_NAME=iHD",
                                                   "CUDA_VISIBLE_DEVICES=0",
                                                   "NVIDIA_VISIBLE_DEVICES=all",
                                                   "NVIDIA_API_KEY=j",
                                                   "FONTCONFIG_PATH=/etc/fonts",
                                                   "XDG_CACHE_HOME=/cache",
                                                   "XDG_SECRET=k",
                                                   "PATHS=/l",
                                                   "=m",
                                                   nullptr};
  EXPECT_THAT(
      InheritedEnvironment(environment.data()),
      ElementsAre("PATH=/bin", "HOME=/root", "LANG=token,secret", "LC_ALL=C.UTF-8",
                  "TZ=Europe/Paris", "TMPDIR=/tmp", "LD_LIBRARY_PATH=/opt/lib",
                  "LIBVA_DRIVER_NAME=iHD", "CUDA_VISIBLE_DEVICES=0", "NVIDIA_VISIBLE_DEVICES=all",
                  "FONTCONFIG_PATH=/etc/fonts", "XDG_CACHE_HOME=/cache"));
}

TEST(InheritedEnvironmentTest, IsEmptyWithoutAnEnvironment) {
  EXPECT_TRUE(InheritedEnvironment(nullptr).empty());
}

class FindProgramTest : public ::testing::Test {
 protected:
  std::string WriteFile(const std::string& name, mode_t mode) {
    std::string path = temporary_.Write(name, "x");
    chmod(path.c_str(), mode);
    return path;
  }

  const TemporaryFolder temporary_;
  const std::string& folder_ = temporary_.path();
};

TEST_F(FindProgramTest, ReturnsTheFirstExecutableFileInPath) {
  const std::string path = WriteFile("tool", 0755);
  EXPECT_EQ(FindProgram("tool", {"PATH=/nonexistent:" + folder_ + ":/bin"}).value(), path);
}

TEST_F(FindProgramTest, SkipsFilesThatAreNotExecutable) {
  WriteFile("sh", 0644);
  std::filesystem::create_directory(folder_ + "/ls");
  EXPECT_EQ(FindProgram("sh", {"PATH=" + folder_ + ":/bin"}).value(), "/bin/sh");
  EXPECT_EQ(FindProgram("ls", {"PATH=" + folder_ + ":/bin"}).value(), "/bin/ls");
}

TEST_F(FindProgramTest, IgnoresTheCurrentFolderInPath) {
  EXPECT_FALSE(FindProgram("definitely-not-there", {"PATH=::"}).has_value());
}

TEST_F(FindProgramTest, NamesTheMissingProgram) {
  const auto by_name = FindProgram("definitely-not-there", {"PATH=/bin"});
  ASSERT_FALSE(by_name.has_value());
  EXPECT_EQ(by_name.error().code, Code::kNotFound);
  EXPECT_NE(by_name.error().message.find("definitely-not-there"), std::string::npos);
  const auto by_path = FindProgram("/bin/definitely-not-there", {});
  ASSERT_FALSE(by_path.has_value());
  EXPECT_EQ(by_path.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace matinee::process
