# A profile that is too tight for the program of the last step, and a script that starts it.
case $refused in
rename) calls='"rename", "renameat", "renameat2"' ;;
link) calls='"link", "linkat"' ;;
symlink) calls='"symlink", "symlinkat"' ;;
esac
cat > /root/tight.json << END
{
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" },
        { "names": [$calls], "action": "SCMP_ACT_ERRNO" },
        { "names": ["unshare", "mount", "ptrace"], "action": "SCMP_ACT_ERRNO" }
    ]
}
END
cat > /root/start-app << 'END'
#!/bin/sh
# Starts the application behind the profile /root/tight.json. It writes a file, renames it, and gives it two more names.
docker rm -f app > /dev/null 2>&1
docker run -d --name app --security-opt seccomp=/root/tight.json busybox \
    sh -c 'echo data > /one && mv /one /two && ln /two /three && ln -s /two /four && exec sleep 100000'
END
chmod +x /root/start-app
