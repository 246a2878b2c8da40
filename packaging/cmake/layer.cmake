# backplane_layer(<name> SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
# A layer of the host: a folder, a namespace and the target backplane::<name>. Headers are included from
# host/ ("base/result.hpp").
function(backplane_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(backplane_${name} STATIC ${LAYER_SOURCES})
  add_library(backplane::${name} ALIAS backplane_${name})
  target_include_directories(backplane_${name} PUBLIC ${PROJECT_SOURCE_DIR}/host)
  target_compile_features(backplane_${name} PUBLIC cxx_std_20)
  target_link_libraries(backplane_${name} PUBLIC ${LAYER_PUBLIC} PRIVATE ${LAYER_PRIVATE})
endfunction()
