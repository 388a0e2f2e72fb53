// Download names, valid on every system for any title.
#include "library/download_name.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace matinee::library {
namespace {

capture::Capture CaptureOf(const std::string& title, double seconds = 1832.5) {
  capture::Capture capture;
  capture.spec.media_title = title;
  capture.timestamp_seconds = seconds;
  return capture;
}

std::string NameOf(const std::string& title) {
  return DownloadName(CaptureOf(title));
}

std::vector<std::string> HostileTitles() {
  std::vector<std::string> titles = {
      "",
      ".",
      "..",
      "...",
      "   ",
      ". . .",
      "../../etc/passwd",
      "C:\\Windows\\system32",
      "a\r\nSet-Cookie: x=1",
      "quote \" and \\ backslash",
      "%0d%0a%00 percent",
      "$(reboot) `reboot` ; | & < >",
      "-rf *",
      "[brackets] {braces} ?",
      "Amélie — 日本 🎬",
      "\xFF\xFE not UTF-8 \xC0\xAF",
      std::string("NUL \0 inside", 12),
      "\x7F\x01\x1B[31m",
      std::string(5000, 'x'),
      std::string(179, 'x') + "é日",
      std::string(178, 'x') + " .é",
      std::string(300, '.'),
  };
  std::mt19937 random(20260218);  // Always the same bytes.
  for (int i = 0; i < 300; ++i) {
    std::string title;
    for (size_t length = random() % 300; title.size() < length;) {
      title += static_cast<char>(random() % 256);
    }
    titles.push_back(title);
  }
  return titles;
}

TEST(DownloadNameTest, HasTitlePositionAndExtension) {
  capture::Capture capture = CaptureOf("Breaking Bad — S05E14 — Ozymandias");
  EXPECT_EQ(DownloadName(capture), "Breaking Bad — S05E14 — Ozymandias 0-30-32.jpg");
  capture.spec.type = capture::Type::kClip;
  EXPECT_EQ(DownloadName(capture), "Breaking Bad — S05E14 — Ozymandias 0-30-32.mp4");
}

TEST(DownloadNameTest, RoundsThePositionDown) {
  EXPECT_EQ(DownloadName(CaptureOf("A", 0)), "A 0-00-00.jpg");
  EXPECT_EQ(DownloadName(CaptureOf("A", 59.999)), "A 0-00-59.jpg");
  EXPECT_EQ(DownloadName(CaptureOf("A", 3600)), "A 1-00-00.jpg");
  EXPECT_EQ(DownloadName(CaptureOf("A", 36061.5)), "A 10-01-01.jpg");
}

TEST(DownloadNameTest, ReplacesForbiddenCharacters) {
  EXPECT_EQ(NameOf("a/b\\c:d*e?f\"g<h>i|j"), "a_b_c_d_e_f_g_h_i_j 0-30-32.jpg");
  EXPECT_EQ(NameOf("Se7en: 100%"), "Se7en_ 100% 0-30-32.jpg");
}

TEST(DownloadNameTest, RemovesWhatChangesTheDirectionOfText) {
  EXPECT_EQ(NameOf("\u202Egpj.exe"), "gpj.exe 0-30-32.jpg");
  EXPECT_EQ(NameOf("a\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u061Cb"), "ab 0-30-32.jpg");
  EXPECT_EQ(NameOf("\u2066\u2067\u2068\u2069"), "capture 0-30-32.jpg");
  EXPECT_EQ(NameOf("فيلم\u2026"), "فيلم\u2026 0-30-32.jpg") << "letters stay";
}

TEST(DownloadNameTest, UsesCaptureForAnEmptyTitle) {
  for (const char* title : {"", ".", "...", "  ", " . . "}) {
    EXPECT_EQ(NameOf(title), "capture 0-30-32.jpg") << title;
  }
}

TEST(DownloadNameTest, RemovesLeadingDotsAndSpaces) {
  EXPECT_EQ(NameOf(" ..hidden.. "), "hidden 0-30-32.jpg");
}

TEST(DownloadNameTest, IsValidOnEverySystem) {
  for (const std::string& title : HostileTitles()) {
    const std::string name = NameOf(title);
    EXPECT_TRUE(IsUtf8(name)) << EscapeUnprintable(name);
    EXPECT_LE(name.size(), 255U) << name;
    EXPECT_EQ(name.find_first_of("/\\:*?\"<>|"), std::string::npos) << EscapeUnprintable(name);
    EXPECT_EQ(EscapeUnprintable(name), name) << "a control character";
    EXPECT_NE(name.front(), '.');
    EXPECT_NE(name.front(), ' ');
    EXPECT_TRUE(name.ends_with(" 0-30-32.jpg")) << name;
  }
}

TEST(DownloadNameTest, TruncatesBetweenCharacters) {
  EXPECT_EQ(NameOf(std::string(179, 'x') + "é"), std::string(179, 'x') + " 0-30-32.jpg");
}

TEST(ContentDispositionTest, HasAnAsciiAndAUtf8Name) {
  EXPECT_EQ(ContentDisposition("attachment", "Amélie — 0-30-32.jpg"),
            "attachment; filename=\"Am_lie _ 0-30-32.jpg\"; "
            "filename*=UTF-8''Am%C3%A9lie%20%E2%80%94%200-30-32.jpg");
  EXPECT_EQ(ContentDisposition("inline", "a.mp4"),
            "inline; filename=\"a.mp4\"; filename*=UTF-8''a.mp4");
}

// RFC 6266, section 4.1: quoted-string of RFC 9110; RFC 8187, section 3.2: ext-value.
TEST(ContentDispositionTest, IsWellFormedForAnyName) {
  for (const std::string& title : HostileTitles()) {
    // Also for a name that DownloadName has not sanitized.
    for (const std::string& name : {title, NameOf(title)}) {
      const std::string value = ContentDisposition("attachment", name);
      const std::string begin = "attachment; filename=\"";
      const std::string middle = "\"; filename*=UTF-8''";
      ASSERT_TRUE(value.starts_with(begin));
      const size_t end = value.find('"', begin.size());
      ASSERT_NE(end, std::string::npos);
      ASSERT_EQ(value.substr(end, middle.size()), middle) << value;
      for (const char c : value.substr(begin.size(), end - begin.size())) {
        EXPECT_TRUE(c >= 0x20 && c < 0x7F && c != '\\' && c != '%') << value;
      }
      const std::string encoded = value.substr(end + middle.size());
      EXPECT_EQ(encoded.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789-._~%"),
                std::string::npos)
          << encoded;
      EXPECT_EQ(PercentDecode(encoded), name);
    }
  }
}

}  // namespace
}  // namespace matinee::library
