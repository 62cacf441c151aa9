# bcrypt: its host module is libcrypto's side.
bcrypt_HOST_LIBS = -lcrypto
