/* A C program whose memory is all on a heap of bump-global: see main.rs. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t heap_used(void);

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printf("line %d: %s\n", __LINE__, #condition);                     \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

static int holds(const unsigned char *block, int byte, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (block[i] != byte)
            return 0;
    return 1;
}

/* Blocks of many sizes, taken, resized and freed in any order; each is filled with one byte. */
static void *churn(void *seed) {
    enum { COUNT = 200 };
    unsigned char *blocks[COUNT] = {0};
    size_t sizes[COUNT] = {0};
    uint32_t random = (uint32_t)(uintptr_t)seed;
    for (int round = 0; round < 100000; round++) {
        random = random * 1103515245u + 12345u;
        int i = (random >> 8) % COUNT;
        size_t size = 1 + (random >> 16) % 2000;
        CHECK(holds(blocks[i], i, sizes[i]));
        if (blocks[i] && random % 3 == 0) {
            free(blocks[i]);
            blocks[i] = NULL;
            sizes[i] = 0;
        } else {
            unsigned char *block = realloc(blocks[i], size);
            CHECK(block && (uintptr_t)block % 16 == 0);
            CHECK(holds(block, i, sizes[i] < size ? sizes[i] : size));
            memset(block, i, size);
            blocks[i] = block;
            sizes[i] = size;
        }
    }
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
    return NULL;
}

int main(void) {
    size_t before = heap_used();
    unsigned char *block = malloc(100);
    CHECK(block && heap_used() > before);
    memset(block, 7, 100);

    /* The last block grows where it is. */
    unsigned char *grown = realloc(block, 100000);
    CHECK(grown == block && holds(grown, 7, 100));
    free(grown);

    volatile size_t huge = SIZE_MAX;
    CHECK(malloc(huge) == NULL && calloc(huge / 2, 3) == NULL);
    CHECK(malloc(1 << 30) == NULL);
    unsigned char *zeroed = calloc(25, 40);
    CHECK(zeroed && holds(zeroed, 0, 1000));
    free(zeroed);
    void *none = malloc(0), *other = malloc(0);
    CHECK(none && other && none != other);
    free(none);
    free(other);
    free(NULL);

    for (size_t align = 16; align <= 65536; align *= 2) {
        void *aligned = aligned_alloc(align, 3 * align), *too = NULL;
        CHECK(aligned && (uintptr_t)aligned % align == 0);
        memset(aligned, 1, 3 * align);
        CHECK(posix_memalign(&too, align, 10) == 0 && (uintptr_t)too % align == 0);
        free(aligned);
        free(too);
    }
    void *refused = NULL;
    CHECK(posix_memalign(&refused, 3, 10) == 22 && refused == NULL);

    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    /* All of it is there again, in one piece. */
    void *whole = malloc(15 << 20);
    CHECK(whole);
    free(whole);

    char *line = NULL;
    size_t length = 0;
    FILE *self = fopen("/proc/self/status", "r");
    CHECK(self && getline(&line, &length, self) > 0);
    fclose(self);
    free(line);
    printf("a C program on %zu bytes\nPASS\n", heap_used());
    return 0;
}
