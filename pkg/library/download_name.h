// Makes the file name of a downloaded capture: "Breaking Bad — S05E14 — Ozymandias 0-30-32.jpg".
//
// Thread safety: pure.
#pragma once

#include <string>

#include "capture/capture.h"

namespace matinee::library {

// Maximum bytes of the title: file systems allow 255 for a name, and the time is appended.
constexpr size_t kTitleBytesMax = 180;

// Returns a name that is valid on Windows, macOS and Linux: no / \ : * ? " < > |, no control
// characters and none that change the direction of text, no leading or trailing dot or space;
// UTF-8.
std::string DownloadName(const capture::Capture& capture);

// Returns the value of Content-Disposition (RFC 6266): the name as ASCII for old clients, and as
// UTF-8.
std::string ContentDisposition(const std::string& disposition, const std::string& name);

}  // namespace matinee::library
