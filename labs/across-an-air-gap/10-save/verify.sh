[ -s /root/images.tar ] || { echo "There is no /root/images.tar."; exit 1; }
names=$(tar xOf /root/images.tar manifest.json 2>/dev/null) || { echo "/root/images.tar is no saved image: it has no manifest.json."; exit 1; }
grep -q "\"$name:1\"" <<<"$names" || { echo "The file does not contain $name:1 by its name."; exit 1; }
grep -q '"busybox:latest"' <<<"$names" || { echo "The file does not contain busybox."; exit 1; }
