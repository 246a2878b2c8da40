# Every dependency, from the distribution's packages. A missing one is named with its Debian package.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)


macro(backplane_find name debian_package)
  find_package(${name} QUIET ${ARGN})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${name} is missing: install ${debian_package} (packaging/install-dependencies.sh installs everything)")
  endif()
endmacro()

backplane_find(nlohmann_json nlohmann-json3-dev)
backplane_find(spdlog libspdlog-dev)
backplane_find(tl-expected libexpected-dev)
backplane_find(yaml-cpp libyaml-cpp-dev)
backplane_find(SQLite3 libsqlite3-dev)
backplane_find(CLI11 libcli11-dev)
backplane_find(Boost libboost1.81-dev 1.81)
backplane_find(CURL libcurl4-openssl-dev 7.85)
backplane_find(OpenSSL libssl-dev 3.0)

find_path(BACKPLANE_VALIJSON valijson/validator.hpp)
if(NOT BACKPLANE_VALIJSON)
  message(FATAL_ERROR "valijson is missing: install libvalijson-dev (packaging/install-dependencies.sh installs everything)")
endif()

if(TARGET yaml-cpp::yaml-cpp)
  set(BACKPLANE_YAML yaml-cpp::yaml-cpp)
else()
  set(BACKPLANE_YAML yaml-cpp)
endif()
