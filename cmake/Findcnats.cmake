# Finds the C client of NATS. Debian 12's own CMake package of it names a static
# library that the package does not hold, and so cannot be loaded.
# Defines the imported target cnats::nats.
find_path(cnats_INCLUDE_DIR nats/nats.h)
find_library(cnats_LIBRARY nats)

if(cnats_INCLUDE_DIR)
  file(STRINGS "${cnats_INCLUDE_DIR}/nats/version.h" cnats_VERSION_LINE
       REGEX "#define NATS_VERSION_STRING +\"[0-9.]+")
  if(cnats_VERSION_LINE MATCHES "\"([0-9.]+)")
    set(cnats_VERSION "${CMAKE_MATCH_1}")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  cnats
  REQUIRED_VARS cnats_LIBRARY cnats_INCLUDE_DIR
  VERSION_VAR cnats_VERSION)
mark_as_advanced(cnats_INCLUDE_DIR cnats_LIBRARY)

if(cnats_FOUND AND NOT TARGET cnats::nats)
  add_library(cnats::nats UNKNOWN IMPORTED)
  set_target_properties(
    cnats::nats PROPERTIES IMPORTED_LOCATION "${cnats_LIBRARY}"
                           INTERFACE_INCLUDE_DIRECTORIES "${cnats_INCLUDE_DIR}")
endif()
