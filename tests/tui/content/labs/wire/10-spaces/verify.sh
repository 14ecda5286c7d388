echo "there is no namespace named red"; exit 1
