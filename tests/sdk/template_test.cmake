# Installs the SDK, makes a plugin's project from the template in a folder of its own, builds it and runs its test.
# -DBUILD= the build tree, -DWORK= a scratch folder, -DGENERATOR=, -DCC=, -DCXX= as the build tree has them
file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component sdk)
set(PLUGIN_ID name-check)
set(PLUGIN_LIBRARY name_check)
set(PLUGIN_CLASS NameCheck)
foreach(file CMakeLists.txt README.md plugin.cpp plugin.yaml plugin_test.cpp)
  configure_file(${prefix}/share/backplane/template/${file} ${WORK}/project/${file} @ONLY)
endforeach()

run(${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${prefix}
  -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/build --output-on-failure --no-tests=error)
if(NOT EXISTS ${WORK}/build/libname_check.so)
  message(FATAL_ERROR "${WORK}/build: wanted libname_check.so, found none")
endif()
