internal import CMartletWorker
internal import Glibc

/// A new `str` of Latin-1 bytes, as WSGI presents what a client sent.
func latin1(_ bytes: UnsafeBufferPointer<UInt8>) -> PyObject? {
    bytes.withMemoryRebound(to: CChar.self) { py_PyUnicode_DecodeLatin1($0.baseAddress, $0.count, nil) }
}

/// The last text that was seen in one place, and its `str`.
struct CachedText {
    /// Longer texts are not kept: they seldom repeat.
    private static let limit = 256
    private var bytes: [UInt8] = []
    private var object: PyObject? = nil

    /// A new reference to the `str` of `text`.
    mutating func object(for text: UnsafeBufferPointer<UInt8>) -> PyObject? {
        if let object, bytes.count == text.count,
            bytes.withUnsafeBytes({ known in
                guard let known = known.baseAddress, let new = text.baseAddress else { return true }
                return memcmp(known, new, text.count) == 0
            })
        {
            py_Py_IncRef(object)
            return object
        }
        let made = latin1(text)
        guard let made, text.count <= Self.limit else { return made }
        if let object { py_Py_DecRef(object) }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: text)
        object = made
        py_Py_IncRef(made)
        return made
    }
}
