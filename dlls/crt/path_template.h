/* Splitting, joining and searching of paths, for T with the functions' names from the includer. */

static int NAME(copy_part)(T *to, size_t size, const T *from, size_t length)
{
    if (!to)
        return 0;
    if (length >= size) {
        if (size)
            *to = 0;
        return ERANGE;
    }
    memcpy(to, from, length * sizeof(T));
    to[length] = 0;
    return 0;
}

int SPLIT_S(const T *path, T *drive, size_t drive_size, T *folder, size_t folder_size, T *name,
            size_t name_size, T *extension, size_t extension_size)
{
    const T *p = path, *last = NULL, *point = NULL, *q;
    int error = 0;

    CRT_CHECK(path && !drive == !drive_size && !folder == !folder_size && !name == !name_size &&
                  !extension == !extension_size,
              EINVAL, EINVAL);
    if (p[0] && p[1] == ':') {
        error |= NAME(copy_part)(drive, drive_size, p, 2);
        p += 2;
    } else {
        error |= NAME(copy_part)(drive, drive_size, p, 0);
    }
    for (q = p; *q; q++) {
        if (*q == '/' || *q == '\\') {
            last = q + 1;
            point = NULL;
        } else if (*q == '.') {
            point = q;
        }
    }
    if (!last)
        last = p;
    if (!point)
        point = q;
    error |= NAME(copy_part)(folder, folder_size, p, last - p);
    error |= NAME(copy_part)(name, name_size, last, point - last);
    error |= NAME(copy_part)(extension, extension_size, point, q - point);
    if (error) {
        if (drive)
            *drive = 0;
        if (folder)
            *folder = 0;
        if (name)
            *name = 0;
        if (extension)
            *extension = 0;
        errno = ERANGE;
        return ERANGE;
    }
    return 0;
}

void SPLIT(const T *path, T *drive, T *folder, T *name, T *extension)
{
    SPLIT_S(path, drive, drive ? 3 : 0, folder, folder ? 256 : 0, name, name ? 256 : 0, extension,
            extension ? 256 : 0);
}

int MAKE_S(T *path, size_t size, const T *drive, const T *folder, const T *name, const T *extension)
{
    size_t used = 0;

    CRT_CHECK(path && size, EINVAL, EINVAL);
#define ADD(c)                                                                                               \
    do {                                                                                                     \
        if (used + 1 >= size) {                                                                              \
            *path = 0;                                                                                       \
            CRT_CHECK(false, ERANGE, ERANGE);                                                                \
        }                                                                                                    \
        path[used++] = (c);                                                                                  \
    } while (0)
    if (drive && *drive) {
        ADD(*drive);
        ADD(':');
    }
    if (folder && *folder) {
        const T *p = folder;
        for (; *p; p++)
            ADD(*p);
        if (p[-1] != '/' && p[-1] != '\\')
            ADD('\\');
    }
    for (const T *p = name; p && *p; p++)
        ADD(*p);
    if (extension && *extension) {
        if (*extension != '.')
            ADD('.');
        for (const T *p = extension; *p; p++)
            ADD(*p);
    }
#undef ADD
    path[used] = 0;
    return 0;
}

void MAKE(T *path, const T *drive, const T *folder, const T *name, const T *extension)
{
    MAKE_S(path, MAX_PATH, drive, folder, name, extension);
}

/* Looks in the working directory, then along the variable's list. */
int SEARCH_S(const T *name, const T *variable, T *buffer, size_t size)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    *buffer = 0;
    CRT_CHECK(name, EINVAL, EINVAL);
    if (!*name) {
        errno = ENOENT;
        return ENOENT;
    }
    int old = errno;
    if (!ACCESS(name, 0)) {
        T *full = FULL(buffer, name, size);
        return full ? 0 : errno;
    }
    const T *list = variable ? GETENV(variable) : NULL;
    size_t name_length = LEN(name);
    while (list && *list) {
        size_t length = 0;
        bool quoted = false;
        T candidate[MAX_PATH + 2];
        size_t used = 0;
        while (list[length] && (quoted || list[length] != ';')) {
            if (list[length] == '"')
                quoted = !quoted;
            else if (used < MAX_PATH)
                candidate[used++] = list[length];
            length++;
        }
        list += length + (list[length] == ';');
        if (!used || used + name_length + 2 > MAX_PATH)
            continue;
        if (candidate[used - 1] != '\\' && candidate[used - 1] != '/' && candidate[used - 1] != ':')
            candidate[used++] = '\\';
        memcpy(candidate + used, name, (name_length + 1) * sizeof(T));
        if (!ACCESS(candidate, 0)) {
            if (used + name_length >= size) {
                errno = ERANGE;
                return ERANGE;
            }
            memcpy(buffer, candidate, (used + name_length + 1) * sizeof(T));
            errno = old;
            return 0;
        }
    }
    errno = ENOENT;
    return ENOENT;
}
void SEARCH(const T *name, const T *variable, T *buffer)
{
    SEARCH_S(name, variable, buffer, MAX_PATH);
}

#undef T
#undef NAME
#undef SPLIT
#undef SPLIT_S
#undef MAKE
#undef MAKE_S
#undef SEARCH
#undef SEARCH_S
#undef ACCESS
#undef FULL
#undef GETENV
#undef LEN
