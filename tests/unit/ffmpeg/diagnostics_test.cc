#include "ffmpeg/diagnostics.h"

#include <gtest/gtest.h>

namespace matinee::ffmpeg {
namespace {

Error Explain(const std::string& said, int code = 1, int signal = 0) {
  process::Exit exit;
  exit.code = signal == 0 ? code : -1;
  exit.signal = signal;
  exit.err = said;
  return ExplainFailure(exit);
}

TEST(ExplainFailureTest, MapsFfmpegsErrorsToCodes) {
  EXPECT_EQ(Explain("file:/a.mkv: No such file or directory\n").code, Code::kNotFound);
  EXPECT_EQ(Explain("file:/a.mkv: Permission denied").code, Code::kPermissionDenied);
  EXPECT_EQ(Explain("file:/a.mkv: Invalid data found when processing input").code,
            Code::kMediaError);
  EXPECT_EQ(Explain("file:/a.mkv: Input/output error").code, Code::kUnavailable);
  EXPECT_EQ(Explain("x: Cannot allocate memory").code, Code::kUnavailable);
  EXPECT_EQ(Explain("Unknown encoder 'libx264'").code, Code::kInternal);
}

TEST(ExplainFailureTest, PrefersTheCauseToItsConsequences) {
  const Error error = Explain(
      "av_interleaved_write_frame(): No space left on device\n"
      "Error writing trailer: Input/output error\nInvalid data found when processing input");
  EXPECT_EQ(error.code, Code::kInsufficientStorage);
  EXPECT_EQ(Explain("[mov] moov atom not found\nInvalid data found when processing input").message,
            "the media file is incomplete: its index is missing, as in a file that is still being "
            "copied");
}

TEST(ExplainFailureTest, ExplainsSignals) {
  EXPECT_EQ(Explain("", 0, 9).code, Code::kUnavailable);
  EXPECT_NE(Explain("", 0, 9).message.find("memory"), std::string::npos);
  EXPECT_EQ(Explain("", 0, 11).code, Code::kMediaError);
  EXPECT_EQ(Explain("", 0, 25).code, Code::kMediaError);
  EXPECT_NE(Explain("", 0, 25).message.find("wrote far more"), std::string::npos);
}

TEST(ExplainFailureTest, ExplainsUnknownErrors) {
  EXPECT_EQ(Explain("something new", 187).code, Code::kMediaError);
  EXPECT_NE(Explain("something new", 187).message.find("187"), std::string::npos);
}

}  // namespace
}  // namespace matinee::ffmpeg
