#include "live/live_settings.h"

#include "config/setting_types.h"

namespace matinee::live {

config::Section LiveSection(LiveSettings& live) {
  return {.title = "Event streams",
          .settings = {
              config::Endpoint("LIVE_ADDRESS", live.address,
                               "Address of the event streams: `matinee live` listens there, and "
                               "`matinee edge` passes `/api/events` to it. A name is resolved at "
                               "the start."),
          }};
}

}  // namespace matinee::live
