// The Linux calls which Swift's Glibc module leaves out. Nothing is defined here: these are glibc's own declarations.
#pragma once

#include <malloc.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// glibc shows these only to _GNU_SOURCE, which would also change how Swift sees the rest of <sys/socket.h>.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
