# backplane_add_plugin(<target> SOURCES <file>... [LINK <target>...])
#
# A plugin: the shared library lib<target>.so (<target>.dll) from C11 or C++17 sources, with everything that lets a host
# unload it and keeps it apart from other plugins:
#   - hidden visibility and a version script: the one symbol exported is backplane_plugin_1;
#   - -fno-gnu-unique where the compiler is GCC: its STB_GNU_UNIQUE symbols would pin the library in memory and share its
#     statics with other plugins;
#   - undefined symbols are an error now, not when a customer loads it (not under the sanitizers, whose symbols come
#     with the host).
# Don't link libstdc++ statically: exceptions would not be caught inside the plugin any more.

function(backplane_add_plugin target)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  cmake_parse_arguments(PLUGIN "" "" "SOURCES;LINK" ${ARGN})
  if(NOT PLUGIN_SOURCES OR PLUGIN_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "backplane_add_plugin(${target}): wanted SOURCES <file>..., found \"${ARGN}\"")
  endif()

  add_library(${target} MODULE ${PLUGIN_SOURCES})
  target_link_libraries(${target} PRIVATE backplane::sdk ${PLUGIN_LINK})
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(CXX IN_LIST languages)
    target_compile_features(${target} PRIVATE cxx_std_17)
  endif()
  if(C IN_LIST languages)
    target_compile_features(${target} PRIVATE c_std_11)
  endif()
  set_target_properties(${target} PROPERTIES
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(WIN32)
    set_target_properties(${target} PROPERTIES PREFIX "")
  else()
    set_target_properties(${target} PROPERTIES PREFIX lib)
  endif()
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)

  if(UNIX AND NOT APPLE)
    target_link_options(${target} PRIVATE LINKER:--version-script=${map})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
    set(flags "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}")
    get_directory_property(directory_options COMPILE_OPTIONS)
    if(NOT "${flags} ${directory_options}" MATCHES "-fsanitize")
      target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
  endif()
endfunction()
