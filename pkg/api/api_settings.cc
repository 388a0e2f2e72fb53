#include "api/api_settings.h"

#include "config/setting_types.h"

namespace matinee::api {

config::Section ApiSection(ApiSettings& api) {
  return {
      .title = "API",
      .settings = {
          config::Endpoint("API_ADDRESS", api.address,
                           "Address of the API, for `matinee edge`. A name is resolved at its "
                           "start."),
          config::Choice("MEDIASNAP_COMPAT", api.mediasnap_compat, {"false", "true"},
                         "For clients that were written for MediaSnap and know no `null` there: "
                         "the `subtitle` and `thumbnail_url` of a session that has none are "
                         "empty strings."),
      }};
}

}  // namespace matinee::api
