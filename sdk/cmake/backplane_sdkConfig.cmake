# find_package(backplane_sdk): the target backplane::sdk and the function backplane_add_plugin.
include(${CMAKE_CURRENT_LIST_DIR}/backplane_sdkTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/backplane_add_plugin.cmake)
