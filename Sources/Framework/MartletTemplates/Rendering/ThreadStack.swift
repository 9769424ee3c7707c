private import Glibc

/// How much of its stack a thread has left. A template that calls itself ends with an error while there is some, whatever the
/// size of the stack that it runs on.
enum ThreadStack {
    #if DEBUG
    /// What expressions and tags within each other may need between two checks, at their limits; without optimization.
    private static let reserve = 1 << 20
    #else
    private static let reserve = 256 << 10
    #endif

    /// Keeps, for each thread, the lowest address of its stack.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// - Throws: ``TemplateProblem`` when it is nearly used up.
    @inline(never)
    static func check() throws {
        var here: UInt8 = 0
        let address = withUnsafePointer(to: &here) { Int(bitPattern: $0) }
        let lowest = pthread_getspecific(key).map { Int(bitPattern: $0) } ?? findLowest(below: address)
        // Below its stack are variables that a sanitizer keeps elsewhere.
        guard address < lowest || address - lowest >= reserve else {
            throw TemplateProblem("the template takes more than the stack of its thread has room for", kind: .limit)
        }
    }

    private typealias FindAttributes = @convention(c) (pthread_t, UnsafeMutablePointer<pthread_attr_t>) -> CInt

    /// `pthread_getattr_np`, which glibc's headers show to GNU's own programs only.
    private static let findAttributes: FindAttributes? = dlsym(nil, "pthread_getattr_np").map {
        unsafeBitCast($0, to: FindAttributes.self)
    }

    private static func findLowest(below address: Int) -> Int {
        // Where the system does not say, what threads have at least.
        var lowest = address - (512 << 10)
        var attributes = pthread_attr_t()
        if let find = findAttributes, find(pthread_self(), &attributes) == 0 {
            var (start, size): (UnsafeMutableRawPointer?, Int) = (nil, 0)
            if pthread_attr_getstack(&attributes, &start, &size) == 0, let start { lowest = Int(bitPattern: start) }
            pthread_attr_destroy(&attributes)
        }
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: lowest))
        return lowest
    }
}
