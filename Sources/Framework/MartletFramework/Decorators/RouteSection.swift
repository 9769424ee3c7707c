internal import CMartletRoutes

/// The records of the decorators, as the linker has put them one after the other.
enum RouteSection {
    /// What the decorators of this program have left, read once. The order is the linker's and means nothing.
    static let routes: [DecoratedRoute] = {
        guard let start = martlet_routes_start(), let stop = martlet_routes_stop() else { return [] }
        return routes(in: UnsafeRawBufferPointer(start: start, count: max(0, stop - start)))
    }()

    /// The modules of these routes, in the alphabet's order.
    static let modules: [String] = Set(routes.map(\.module)).sorted()

    /// Reads records. One of another version, such as that of a plug-in with a framework of its own, is left out.
    static func routes(in section: UnsafeRawBufferPointer) -> [DecoratedRoute] {
        let slot = UnsafeMutablePointer<DecoratedRoute>.allocate(capacity: 1)
        defer { slot.deallocate() }
        let size = MemoryLayout<RouteRecord>.stride
        return stride(from: 0, through: section.count - size, by: size).compactMap { offset in
            let record = section.load(fromByteOffset: offset, as: RouteRecord.self)
            guard record.magic == DecoratedRoute.magic, record.version == DecoratedRoute.version else { return nil }
            record.write(slot)
            return slot.move()
        }
    }
}
