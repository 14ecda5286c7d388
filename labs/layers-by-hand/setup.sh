cd /work && mkdir -p base/garden base/trees base/settings app/garden
echo "a flower of the base" > "base/garden/$kept"
echo "a tree of the base" > "base/trees/$gone"
for n in 1 2 3; do echo "old setting $n" > base/settings/$n.conf; done
echo "base" > base/version
echo "app" > app/version
echo "what the application brings" > app/garden/tool
