# Debian packages by `cpack --config build/release/CPackConfig.cmake`: backplane (the host, the sample plugins, a sample
# manifest) and backplane-sdk (headers, CMake package, template). What the host depends on is read from its binaries.
include(GNUInstallDirs)
install(TARGETS backplane_program backplane-probe RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT host)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/backplane/config COMPONENT host)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/backplane COMPONENT host)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME backplane)
set(CPACK_PACKAGE_VENDOR "The Backplane authors")
set(CPACK_PACKAGE_CONTACT "The Backplane authors <backplane@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Plugin host over versioned JSON resources")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_COMPONENTS_ALL host plugins sdk)
set(CPACK_COMPONENT_HOST_GROUP backplane)
set(CPACK_COMPONENT_PLUGINS_GROUP backplane)
set(CPACK_COMPONENT_SDK_GROUP sdk)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_BACKPLANE_PACKAGE_NAME backplane)
set(CPACK_DEBIAN_BACKPLANE_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SDK_PACKAGE_NAME backplane-sdk)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SDK_DESCRIPTION "Headers and CMake package for plugins of the Backplane host")
include(CPack)
