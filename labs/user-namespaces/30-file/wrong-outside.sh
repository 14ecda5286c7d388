# expect: it was made out here
touch /work/shared/from-inside
