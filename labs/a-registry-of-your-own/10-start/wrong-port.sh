# expect: Nobody answers
docker run -d --name registry -p "5000:5000" -v images:/var/lib/registry registry:2
