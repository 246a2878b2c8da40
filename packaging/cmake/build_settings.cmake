# What holds for every target: language, warnings, sanitizers, ccache, mold, output folders.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Plugins and programs lie where a manifest of the build tree finds them.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

find_program(BACKPLANE_CCACHE ccache)
if(BACKPLANE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${BACKPLANE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BACKPLANE_CCACHE})
endif()

find_program(BACKPLANE_MOLD mold)
if(BACKPLANE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Werror)
# GCC 12 sees an overlap in std::string operations that cannot be (PR 105651).
add_compile_options($<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
# std::stable_sort of libstdc++ 12 calls a function that libstdc++ deprecates; Clang tells it to whoever sorts.
add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>)

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ takes a neighbour's anonymous namespace for that of a header, and warns of members and locals that have to do with it.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage> -Wno-shadow -Wshadow=local)
endif()

# A figure measured under a sanitizer says nothing: those presets turn this off.
option(BACKPLANE_BENCHMARKS "Build the benchmarks" ON)

if(BACKPLANE_SANITIZE)
  add_compile_options(-fsanitize=${BACKPLANE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BACKPLANE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns of <regex> itself under -fsanitize (GCC bug 105562).
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

if(BACKPLANE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
