/*
 * CPython, found by name in the process that loaded this library (dlsym): no Python headers, no libpython, one build for
 * every version. Only functions that exist under the same name and signature from 3.9 on are listed.
 *
 * py_Name(...) calls the C API function Py…Name; see https://docs.python.org/3/c-api/ for each.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define py_object void *_Nullable  /* PyObject * */
#define py_present void *_Nonnull /* PyObject *, never NULL */

#define MARTLET_PYTHON_FUNCTIONS(X) \
    X(void, Py_IncRef, (py_object o), (o)) \
    X(void, Py_DecRef, (py_object o), (o)) \
    X(py_object, PyDict_Copy, (py_object d), (d)) \
    X(int, PyDict_SetItem, (py_object d, py_object k, py_object v), (d, k, v)) \
    X(py_object, PyDict_GetItemWithError, (py_object d, py_object k), (d, k)) \
    X(ssize_t, PyDict_Size, (py_object d), (d)) \
    X(py_object, PyUnicode_DecodeLatin1, (const char *_Nullable s, ssize_t n, const char *_Nullable e), (s, n, e)) \
    X(py_object, PyUnicode_InternFromString, (const char *_Nonnull s), (s)) \
    X(py_object, PyUnicode_Concat, (py_object a, py_object b), (a, b)) \
    X(const char *_Nullable, PyUnicode_AsUTF8AndSize, (py_object o, ssize_t *_Nullable n), (o, n)) \
    X(ssize_t, PyUnicode_GetLength, (py_object o), (o)) \
    X(py_object, PyUnicode_AsLatin1String, (py_object o), (o)) \
    X(py_object, PyBytes_FromStringAndSize, (const char *_Nullable s, ssize_t n), (s, n)) \
    X(char *_Nullable, PyBytes_AsString, (py_object o), (o)) \
    X(ssize_t, PyBytes_Size, (py_object o), (o)) \
    X(py_object, PyList_New, (ssize_t n), (n)) \
    X(int, PyList_Append, (py_object l, py_object o), (l, o)) \
    X(ssize_t, PyList_Size, (py_object l), (l)) \
    X(py_object, PyList_GetItem, (py_object l, ssize_t i), (l, i)) \
    X(py_object, PyTuple_New, (ssize_t n), (n)) \
    X(ssize_t, PyTuple_Size, (py_object t), (t)) \
    X(py_object, PyTuple_GetItem, (py_object t, ssize_t i), (t, i)) \
    X(int, PyTuple_SetItem, (py_object t, ssize_t i, py_object o), (t, i, o)) \
    X(py_object, PyObject_Call, (py_object f, py_object a, py_object k), (f, a, k)) \
    X(py_object, PyObject_CallObject, (py_object f, py_object a), (f, a)) \
    X(py_object, PyObject_GetAttr, (py_object o, py_object n), (o, n)) \
    X(py_object, PyObject_GetIter, (py_object o), (o)) \
    X(py_object, PyObject_SelfIter, (py_object o), (o)) \
    X(py_object, PyIter_Next, (py_object o), (o)) \
    X(py_object, PyLong_FromLongLong, (long long v), (v)) \
    X(py_object, PyBool_FromLong, (long v), (v)) \
    X(py_object, PyImport_ImportModule, (const char *_Nonnull n), (n)) \
    X(ssize_t, PyLong_AsSsize_t, (py_object o), (o)) \
    X(py_object, PyErr_Occurred, (void), ()) \
    X(void, PyErr_Clear, (void), ()) \
    X(void, PyErr_SetString, (py_object t, const char *_Nonnull s), (t, s)) \
    X(void, PyErr_Fetch, (py_object *_Nonnull t, py_object *_Nonnull v, py_object *_Nonnull b), (t, v, b)) \
    X(void, PyErr_Restore, (py_object t, py_object v, py_object b), (t, v, b)) \
    X(void, PyErr_NormalizeException, (py_object *_Nonnull t, py_object *_Nonnull v, py_object *_Nonnull b), (t, v, b)) \
    X(void, PyErr_WriteUnraisable, (py_object o), (o)) \
    X(int, PyErr_CheckSignals, (void), ()) \
    X(py_object, PyErr_NewException, (const char *_Nonnull n, py_object b, py_object d), (n, b, d)) \
    X(py_object, PyException_GetCause, (py_object e), (e)) \
    X(py_object, PyException_GetContext, (py_object e), (e)) \
    X(py_object, PyType_FromSpec, (void *_Nonnull s), (s)) \
    X(py_object, PyType_GenericAlloc, (py_object t, ssize_t n), (t, n)) \
    X(int, PyType_IsSubtype, (py_object a, py_object b), (a, b)) \
    X(void, PyObject_Free, (void *_Nullable p), (p)) \
    X(py_object, PyModule_Create2, (void *_Nonnull d, int v), (d, v)) \
    X(int, PyThreadState_SetAsyncExc, (unsigned long i, py_object e), (i, e)) \
    X(void *_Nullable, PyEval_SaveThread, (void), ()) \
    X(void, PyEval_RestoreThread, (void *_Nullable t), (t))

#define MARTLET_PYTHON_OBJECTS(X) \
    X(_Py_NoneStruct) X(PyList_Type) X(PyTuple_Type) X(PyBytes_Type) X(PyUnicode_Type)

#define MARTLET_PYTHON_EXCEPTIONS(X) \
    X(PyExc_AssertionError) X(PyExc_OSError) X(PyExc_TypeError) X(PyExc_ValueError) X(PyExc_RuntimeError) X(PyExc_BrokenPipeError) \
    X(PyExc_ConnectionResetError) X(PyExc_ConnectionError) X(PyExc_StopIteration)

typedef struct {
#define X(result, name, parameters, arguments) result (*_Nonnull name) parameters;
    MARTLET_PYTHON_FUNCTIONS(X)
#undef X
#define X(name) void *_Nonnull name;
    MARTLET_PYTHON_OBJECTS(X)
    MARTLET_PYTHON_EXCEPTIONS(X)
#undef X
} martlet_python_table;

extern martlet_python_table martlet_python;

/* Finds every function of the table. Returns NULL, or the name of the first that is missing. */
const char *_Nullable martlet_python_load(void);

#define X(result, name, parameters, arguments) \
    static inline result py_##name parameters { return martlet_python.name arguments; }
MARTLET_PYTHON_FUNCTIONS(X)
#undef X
#define X(name) static inline py_present py_##name(void) { return martlet_python.name; }
MARTLET_PYTHON_OBJECTS(X)
MARTLET_PYTHON_EXCEPTIONS(X)
#undef X

/* What the stable ABI fixes of an object's head, in builds that have a GIL. */
static inline void *_Nonnull py_type(py_present o) { return *(void *_Nonnull *_Nonnull)((char *)o + sizeof(ssize_t)); }
static inline bool py_is_shared(py_present o) { return *(const uint32_t *)o != 1; }

/* The stable ABI's structures for defining types and modules. */
typedef struct { int slot; void *_Nullable function; } py_type_slot;
typedef struct { const char *_Nullable name; int basicsize, itemsize; unsigned int flags; const py_type_slot *_Nullable slots; } py_type_spec;
typedef py_object (*py_function)(py_object self, py_object arguments);
typedef struct { const char *_Nullable name; py_function _Nullable function; int flags; const char *_Nullable doc; } py_method;
typedef struct {
    struct { ssize_t refcount; void *_Nullable type; void *_Nullable init; ssize_t index; void *_Nullable copy; } base;
    const char *_Nullable name;
    const char *_Nullable doc;
    ssize_t size;
    py_method *_Nullable methods;
    void *_Nullable slots, *_Nullable traverse, *_Nullable clear, *_Nullable free;
} py_module_def;

#undef py_object
#undef py_present

enum { PY_TP_CALL = 50, PY_TP_DEALLOC = 52, PY_TP_DOC = 56, PY_TP_ITER = 62, PY_TP_ITERNEXT = 63, PY_TP_METHODS = 64 };
enum { PY_METH_VARARGS = 1, PY_METH_KEYWORDS = 2, PY_METH_NOARGS = 4, PY_METH_O = 8, PY_TPFLAGS_DEFAULT = 1 << 18, PY_ABI_VERSION = 3 };
