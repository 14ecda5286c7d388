grep -qi '^FROM build AS test$' /root/src/Dockerfile || { echo "The Dockerfile has no stage test that starts from build."; exit 1; }
image test:1
has test:1 /tested || { echo "There is no /tested in test:1: was the build stopped at the stage test?"; exit 1; }
has test:1 "/$tool" || { echo "test:1 does not start from the stage build: it has no /$tool."; exit 1; }
image ship:1
has ship:1 /tested && { echo "/tested is in ship:1, too; the last stage must not start from test."; exit 1; }
exit 0
