#include "ffmpeg/args.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ffmpeg/filters.h"

namespace matinee::ffmpeg {
namespace {

// Media containers. Not: playlists (hls, dash, concat), images (image2), text (tty), devices.
constexpr std::string_view kFormats =
    "matroska,webm,mov,mp4,mpegts,mpeg,avi,asf,flv,ogg,rm,wtv,nut,mxf,dv,ivf";

// 8192 x 8192: beyond 8K. A file with larger frames would exhaust the memory.
constexpr std::string_view kPixelsMax = "67108864";

constexpr std::array<std::string_view, 10> kCopyableVideo = {
    "h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "vc1", "h266"};
constexpr std::array<std::string_view, 8> kCopyableAudio = {"aac",  "ac3",    "eac3", "dts",
                                                            "opus", "vorbis", "mp3",  "alac"};

constexpr std::array<std::string_view, 6> kInterlaceable = {"h264", "mpeg2video", "mpeg4",
                                                            "vc1",  "dvvideo",    "prores"};

// Deinterlacing begins this long before the frame: bwdif needs both neighbours.
constexpr double kDeinterlaceLeadSeconds = 0.5;

constexpr int kThumbnailQuality = 5;  // -q:v

// 1/90000 s represents the time stamps of every container to 6 microseconds. FFmpeg's default,
// 1/frame rate, moves and drops frames of variable frame rates.
constexpr std::string_view kEncoderTimeBase = "1:90000";

// Seconds as FFmpeg reads them, to the microsecond.
std::string Seconds(double seconds) {
  return fmt::format("{:.6f}", seconds);
}

void Append(Arguments& arguments, std::initializer_list<std::string_view> more) {
  for (const auto argument : more) arguments.emplace_back(argument);
}

void AppendInput(Arguments& arguments, const std::string& path, double seek_seconds, int threads) {
  Append(arguments, {"-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-copyts",
                     "-noaccurate_seek", "-protocol_whitelist", "file", "-format_whitelist",
                     kFormats, "-max_pixels", kPixelsMax, "-threads"});
  arguments.push_back(std::to_string(threads));
  if (seek_seconds > 0) Append(arguments, {"-ss", Seconds(seek_seconds)});
  Append(arguments, {"-i", "file:" + path});
}

void AppendJpeg(Arguments& arguments, std::string_view map, int quality, const std::string& path) {
  Append(arguments, {"-map", map, "-frames:v", "1", "-q:v", std::to_string(quality), "-threads:v",
                     "1", "-f", "image2", "-update", "1", "-y", "file:" + path});
}

// Prints "frame:0 pts:… pts_time:…" for each frame that passes. The filter prints nothing for a
// frame without metadata, hence the mark.
std::string PrintTimestamps(std::string_view mark) {
  return fmt::format("metadata=mode=add:key={}:value=1,metadata=mode=print:key={}:file=pipe\\\\:1",
                     mark, mark);
}

std::string ScaleTo(Size size) {
  return fmt::format("scale={}:{}", size.width, size.height);
}

// Containers may be wrong about interlacing, so bwdif checks each frame and passes progressive ones
// through. Newer codecs and 24 frames per second are never interlaced.
bool MayBeInterlaced(const VideoStream& video) {
  if (video.interlaced) return true;
  const double rate = video.average_frame_rate.value();
  const bool cinema = rate > 23.9 && rate < 24.1;
  return !cinema && std::find(kInterlaceable.begin(), kInterlaceable.end(), video.codec) !=
                        kInterlaceable.end();
}

std::string Deinterlace(const VideoStream& video) {
  return MayBeInterlaced(video) ? "bwdif=mode=send_frame:deint=interlaced," : "";
}

// Selects the frame on the screen at A: fps with round=up and start_time=A outputs the last frame
// that is not after A; tpad repeats the last frame if A is after it; trim ends the run.
// settb: fps rounds start_time to the time base of its input, in Matroska a whole millisecond.
// FFprobe prints times rounded to the microsecond, and fps truncates: hence the 1.5 us.
std::string FrameAt(double seconds) {
  return fmt::format(
      "tpad=stop=-1:stop_mode=clone,settb=AVTB,"
      "fps=fps=1000000:start_time={}:round=up,trim=end_frame=1",
      Seconds(seconds + 1.5e-6));
}

std::string AudioChain(const ClipPlan& plan) {
  const double end = std::min(plan.end_stream_seconds,
                              plan.audio_end_stream_seconds.value_or(plan.end_stream_seconds));
  const std::string start = Seconds(plan.start_stream_seconds);
  // async=1 fills gaps with silence, so that the audio after them stays in sync.
  return fmt::format(
      "[0:{}]atrim=start={}:end={},asetpts=PTS-{}/TB,aresample=async=1:first_pts=0,"
      "aformat=channel_layouts=stereo[audio]",
      plan.audio->index, start, Seconds(end), start);
}

void AppendAac(Arguments& arguments) {
  Append(arguments, {"-c:a", "aac", "-b:a", "192k"});
}

void AppendMp4(Arguments& arguments, const std::string& path) {
  Append(arguments, {"-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f",
                     "mp4", "-y", "file:" + path});
}

}  // namespace

Arguments ProbeArguments(const std::string& media_path) {
  Arguments arguments;
  Append(arguments,
         {"-v", "error", "-hide_banner", "-protocol_whitelist", "file", "-format_whitelist",
          kFormats, "-print_format", "json", "-show_entries",
          "format=format_name,start_time,duration,size:"
          "stream=index,codec_type,codec_name,profile,width,height,pix_fmt,sample_aspect_ratio,"
          "field_order,color_transfer,color_primaries,color_space,avg_frame_rate,r_frame_rate,"
          "time_base,has_b_frames,bits_per_raw_sample,channels,sample_rate,start_time,duration:"
          "stream_disposition=default,attached_pic:stream_tags=language,title,DURATION:"
          "stream_side_data",
          "file:" + media_path});
  return arguments;
}

Arguments ProbeKeyframesArguments(const std::string& media_path, int stream_index,
                                  double from_stream_seconds, double to_stream_seconds) {
  Arguments arguments;
  Append(arguments,
         {"-v", "error", "-hide_banner", "-protocol_whitelist", "file", "-format_whitelist",
          kFormats, "-select_streams", std::to_string(stream_index), "-show_entries",
          "packet=pts_time,dts_time,flags", "-of", "csv=p=0", "-read_intervals",
          Seconds(from_stream_seconds) + "%" + Seconds(to_stream_seconds), "file:" + media_path});
  return arguments;
}

Arguments ScreenshotArguments(const VideoStream& video, const ScreenshotPlan& plan) {
  Arguments arguments;
  AppendInput(arguments, plan.media_path, plan.seek_seconds, plan.threads);
  std::string graph = fmt::format("[0:{}]", video.index);
  if (video.interlaced && plan.skip_far_fields) {
    graph += fmt::format("select='gte(t,{})',",
                         Seconds(plan.at_stream_seconds - kDeinterlaceLeadSeconds));
  }
  graph += PrintTimestamps("decoded") + "," + Deinterlace(video) + FrameAt(plan.at_stream_seconds) +
           "," + ScreenshotFilters(video);
  if (!plan.thumbnail_path.empty()) {
    graph += ",split[whole][second];[second]" + ScaleTo(ThumbnailSize(ScreenshotSize(video))) +
             "[small]";
  } else {
    graph += "[whole]";
  }
  Append(arguments, {"-filter_complex", graph});
  AppendJpeg(arguments, "[whole]", plan.quality, plan.image_path);
  if (!plan.thumbnail_path.empty()) {
    AppendJpeg(arguments, "[small]", kThumbnailQuality, plan.thumbnail_path);
  }
  return arguments;
}

Arguments PreciseClipArguments(const VideoStream& video, const ClipPlan& plan) {
  Arguments arguments;
  AppendInput(arguments, plan.media_path, plan.seek_seconds, plan.threads);
  const std::string start = Seconds(plan.start_stream_seconds);
  // Each side branch ends after one frame; otherwise FFmpeg would decode to the end of the file.
  std::string graph = fmt::format(
      "[0:{}]split[all][first];[first]trim=end_frame=1,{},nullsink;"
      "[all]trim=start={}:end={},split[span][begin];[begin]trim=end_frame=1,{},nullsink;"
      "[span]setpts=PTS-{}/TB,{}{}[video]",
      video.index, PrintTimestamps("decoded"), start, Seconds(plan.end_stream_seconds),
      PrintTimestamps("begin"), start, Deinterlace(video), ClipFilters(video));
  if (plan.audio != nullptr) graph += ";" + AudioChain(plan);
  Append(arguments, {"-progress", "pipe:1", "-filter_complex", graph, "-map", "[video]", "-c:v",
                     "libx264", "-preset", "fast", "-crf", "18", "-profile:v", "high", "-threads:v",
                     // x264's default; with one thread per CPU some would wait for others.
                     std::to_string(plan.threads + plan.threads / 2), "-fps_mode", "vfr",
                     "-enc_time_base:v", kEncoderTimeBase});
  if (plan.audio != nullptr) {
    Append(arguments, {"-map", "[audio]"});
    AppendAac(arguments);
  }
  AppendMp4(arguments, plan.clip_path);
  return arguments;
}

Arguments FastClipArguments(const VideoStream& video, const ClipPlan& plan,
                            std::optional<double> begin_stream_seconds) {
  Arguments arguments;
  AppendInput(arguments, plan.media_path, plan.seek_seconds, 1);
  const std::string video_map = fmt::format("0:{}", video.index);
  Append(arguments, {"-progress", "pipe:1", "-map", video_map, "-c:v", "copy"});
  if (video.codec == "hevc") Append(arguments, {"-tag:v", "hvc1"});  // Apple plays only this tag.
  if (plan.audio != nullptr) {
    Append(arguments, {"-map", fmt::format("0:{}", plan.audio->index)});
    const double end = std::min(plan.end_stream_seconds,
                                plan.audio_end_stream_seconds.value_or(plan.end_stream_seconds));
    if (CopiesAudio(plan)) {
      Append(arguments, {"-c:a", "copy"});
    } else {
      AppendAac(arguments);
      Append(arguments,
             {"-ac", "2", "-af", fmt::format("atrim=end={},aresample=async=1", Seconds(end))});
    }
  }
  Arguments begin;
  if (begin_stream_seconds) {
    Append(begin, {"-ss", Seconds(*begin_stream_seconds), "-copypriorss", "0"});
    arguments.insert(arguments.end(), begin.begin(), begin.end());
  } else {
    Append(arguments, {"-avoid_negative_ts", "make_zero"});
  }
  Append(arguments, {"-to", Seconds(plan.end_stream_seconds)});
  AppendMp4(arguments, plan.clip_path);
  Append(arguments, {"-map", video_map, "-c:v", "copy", "-frames:v", "1"});
  if (plan.audio != nullptr) {
    Append(arguments,
           {"-map", fmt::format("0:{}", plan.audio->index), "-c:a", "copy", "-frames:a", "1"});
  }
  arguments.insert(arguments.end(), begin.begin(), begin.end());
  Append(arguments, {"-f", "framecrc", "pipe:1"});
  return arguments;
}

bool CopiesAudio(const ClipPlan& plan) {
  return CanCopyAudioToMp4(*plan.audio) && !plan.audio_end_stream_seconds;
}

Arguments PosterArguments(const VideoStream& video, const std::string& clip_path,
                          const std::string& poster_path) {
  Arguments arguments;
  // low_delay outputs the first frame at once instead of after the reordering delay.
  Append(arguments, {"-flags", "low_delay"});
  AppendInput(arguments, clip_path, 0, 1);
  Append(arguments,
         {"-filter_complex",
          fmt::format("[0:{}]trim=end_frame=1,{},{}[small]", video.index, ScreenshotFilters(video),
                      ScaleTo(ThumbnailSize(ScreenshotSize(video))))});
  AppendJpeg(arguments, "[small]", kThumbnailQuality, poster_path);
  return arguments;
}

bool CanCopyVideoToMp4(const VideoStream& video) {
  return std::find(kCopyableVideo.begin(), kCopyableVideo.end(), video.codec) !=
         kCopyableVideo.end();
}

bool CanCopyAudioToMp4(const AudioStream& audio) {
  return std::find(kCopyableAudio.begin(), kCopyableAudio.end(), audio.codec) !=
         kCopyableAudio.end();
}

}  // namespace matinee::ffmpeg
