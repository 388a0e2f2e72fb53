// What a capture is called when a person saves it: "Breaking Bad — S05E14 — Ozymandias
// 0-30-32.jpg".
//
// Thread safety: pure.
#pragma once

#include <string>

#include "capture/capture.h"

namespace matinee::library {

// Bytes of a name at most: the file systems of all players take 255, and the time is added.
constexpr size_t kTitleBytesMax = 180;

// A name that Windows, macOS and Linux take: no / \ : * ? " < > | and no control characters, no
// leading or trailing dot or space; UTF-8.
std::string DownloadName(const capture::Capture& capture);

// The value of Content-Disposition (RFC 6266): the name as ASCII for old clients, and as UTF-8.
std::string ContentDisposition(const std::string& disposition, const std::string& name);

}  // namespace matinee::library
