import Testing

@testable import MartletCommand

@Suite struct DoctorCheckTests {
    private func states(_ check: String, _ facts: MachineFacts) -> [Verdict.State] {
        DoctorCheck.all.filter { $0.name == check }.flatMap { $0.judge(facts) }.map(\.state)
    }

    @Test func aMachineWithNothingWrong() {
        let facts = MachineFacts()
        for check in DoctorCheck.all {
            for verdict in check.judge(facts) {
                #expect(verdict.state == .ok && verdict.advice.isEmpty, "\(check.name)")
            }
        }
        #expect(!DoctorReport(facts).hasFault)
        #expect(DoctorReport(facts).text(.plain).hasSuffix("\nNothing is wrong.\n"))
    }

    /// A change of a machine with nothing wrong, and what one check says then.
    struct Row: Sendable {
        let check: String
        let state: Verdict.State
        let change: @Sendable (inout MachineFacts) -> Void

        init(_ check: String, _ state: Verdict.State, _ change: @escaping @Sendable (inout MachineFacts) -> Void) {
            self.check = check
            self.state = state
            self.change = change
        }
    }

    static let rows: [Row] = [
        Row("configuration", .fault) { $0.configuration = .wrong("martlet.toml", "line 1: x") },
        Row("configuration", .ok) { $0.configuration = .right("martlet.toml") },
        Row("open files", .hint) { $0.openFiles = 1024 },
        Row("open files", .fault) { $0.openFiles = 64 },
        Row("open files", .ok) { $0.openFiles = 4096 },
        Row("accept queue", .hint) { $0.acceptQueue = 128 },
        Row("accept queue", .ok) { $0.acceptQueue = nil },
        Row("memory", .hint) { $0.memory = .init(limit: 256 << 20, available: nil, workers: 8) },
        Row("memory", .ok) { $0.memory = .init(limit: 1 << 30, available: 0, workers: 8) },
        Row("memory", .hint) { $0.memory = .init(limit: nil, available: 100 << 20, workers: 2) },
        Row("memory", .ok) { $0.memory = .init(limit: nil, available: nil, workers: 2) },
        Row("temporary files", .fault) { $0.temporary.problem = "there is no such folder" },
        Row("temporary files", .hint) { $0.temporary.free = 100 << 20 },
        Row("temporary files", .fault) { $0.temporary.free = 1 << 20 },
        Row("temporary files", .ok) { $0.temporary.free = nil },
        Row("clock", .fault) { $0.clock.year = 1970 },
        Row("clock", .fault) { $0.clock.advances = false },
        Row("clock", .hint) { $0.clock.isSynchronized = false },
        Row("clock", .ok) { $0.clock.isSynchronized = nil },
        Row("kernel", .fault) { $0.kernel.hasMemoryFiles = false },
        Row("kernel", .fault) { $0.kernel.hasReusePort = false },
        Row("kernel", .hint) { $0.kernel.hasProcessDescriptors = false },
        Row("TLS", .fault) { $0.randomness.isReady = false },
        Row("TLS", .hint) { $0.randomness.authorities = nil },
        Row("characters", .hint) { $0.locale = ["LANG": "de_DE.ISO-8859-1"] },
        Row("characters", .ok) { $0.locale = ["LANG": "de_DE.ISO-8859-1", "LC_ALL": "C.UTF-8"] },
        Row("characters", .ok) { $0.locale = ["LANG": "de_DE", "PYTHONUTF8": "1"] },
        Row("characters", .ok) { $0.locale = ["LC_ALL": "", "LANG": "en_GB.utf8"] },
        Row("characters", .ok) { $0.locale = ["LANG": "POSIX"] },
        Row("ports", .ok) { $0.addresses = [.init(text: ":8000", port: 8000)] },
        Row("ports", .ok) { $0.addresses = [.init(text: ":0", port: 0)] },
        Row("ports", .ok) { $0.addresses = [.init(text: "unix:/x")] },
        Row("ports", .ok) { $0.addresses = [.init(text: ":8000", port: 8000, state: .own)] },
        Row("ports", .fault) {
            $0.addresses = [.init(text: ":8000", port: 8000, state: .inUse(by: "process 7 (nginx)"))]
        },
        Row("ports", .fault) { $0.addresses = [.init(text: ":8000", port: 8000, state: .inUse(by: nil))] },
        Row("ports", .fault) {
            $0.addresses = [.init(text: "x:8000", port: 8000, state: .impossible("there is no x"))]
        },
        Row("ports", .fault) { $0.addresses = [.init(text: ":80", port: 80)] },
        Row("ports", .ok) {
            $0.addresses = [.init(text: ":80", port: 80)]
            $0.mayListenLow = true
        },
        Row("ports", .ok) {
            $0.addresses = [.init(text: ":80", port: 80)]
            $0.lowestFreePort = 80
        },
        Row("Python", .fault) { $0.pythons = [.init(application: "a", state: .missing("There is no python3."))] },
        Row("Python", .ok) { $0.pythons = [python(isEnvironment: true, nil)] },
        Row("Python", .hint) { $0.pythons = [python(isEnvironment: false, nil)] },
        Row("Python", .fault) { $0.pythons = [python(isEnvironment: true, "wrong ELF class")] },
    ]

    @Test(arguments: rows)
    func eachCheck(row: Row) {
        var facts = MachineFacts()
        row.change(&facts)
        #expect(states(row.check, facts) == [row.state], "\(row.check)")
        #expect(DoctorReport(facts).hasFault == (row.state == .fault))
        for check in DoctorCheck.all {
            for verdict in check.judge(facts) where verdict.state == .hint { #expect(!verdict.advice.isEmpty) }
        }
    }

    private static func python(isEnvironment: Bool, _ problem: String?) -> MachineFacts.Python {
        .init(
            application: "shop:app",
            state: .found(version: "3.13.1", path: "/p", reason: "venv", isEnvironment: isEnvironment),
            libraryProblem: problem
        )
    }

    // MARK: - Permissions

    private static let shop = MachineFacts.Identity(name: "shop", user: 1000, groups: [1000, 33])

    private static func file(_ use: MachineFacts.NamedFile.Use, _ nodes: [(UInt32, UInt32, UInt32)]?)
        -> MachineFacts.NamedFile
    {
        .init(
            purpose: "key",
            path: "/a/b",
            use: use,
            identity: shop,
            nodes: nodes.map { $0.map { .init(path: "/x", mode: $0.0, owner: $0.1, group: $0.2) } }
        )
    }

    @Test(
        arguments: [
            (.read, nil, .fault),
            (.read, [(0o755, 0, 0), (0o644, 0, 0)], .ok),
            (.read, [(0o700, 0, 0), (0o644, 0, 0)], .fault),
            (.read, [(0o700, 1000, 0), (0o400, 1000, 0)], .ok),
            (.read, [(0o755, 0, 0), (0o640, 0, 33)], .ok),
            (.read, [(0o755, 0, 0), (0o640, 0, 34)], .fault),
            // The class of the owner counts alone, also where the others may do more.
            (.read, [(0o755, 0, 0), (0o044, 1000, 0)], .fault),
            (.readSecret, [(0o755, 0, 0), (0o644, 0, 0)], .hint),
            (.readSecret, [(0o755, 0, 0), (0o640, 0, 33)], .ok),
            (.enter, [(0o755, 0, 0), (0o744, 0, 0)], .fault),
            (.write, [(0o755, 0, 0), (0o755, 0, 0)], .fault),
            (.write, [(0o755, 0, 0), (0o775, 0, 1000)], .ok),
        ] as [(MachineFacts.NamedFile.Use, [(UInt32, UInt32, UInt32)]?, Verdict.State)]
    )
    func permissions(use: MachineFacts.NamedFile.Use, nodes: [(UInt32, UInt32, UInt32)]?, state: Verdict.State) {
        var facts = MachineFacts()
        facts.files = [Self.file(use, nodes)]
        #expect(states("permissions", facts) == [state])
    }

    @Test func rootMayDoEverything() {
        var facts = MachineFacts()
        var file = Self.file(.write, [(0o500, 7, 7), (0o000, 7, 7)])
        file = .init(
            purpose: "p",
            path: "/a",
            use: .write,
            identity: .init(name: "root", user: 0, groups: []),
            nodes: file.nodes
        )
        facts.files = [file]
        #expect(states("permissions", facts) == [.ok])
    }

    // MARK: - What the system tells

    @Test func mounts() {
        let table =
            "/dev/sda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /srv/my\\040files tmpfs rw 0 0\nx /srv ext3 rw 0 0\n"
        #expect(MountTable.kind(of: "/tmp", in: table) == "tmpfs")
        #expect(MountTable.kind(of: "/tmp/x", in: table) == "tmpfs")
        #expect(MountTable.kind(of: "/tmpx", in: table) == "ext4")
        #expect(MountTable.kind(of: "/srv/my files/x", in: table) == "tmpfs")
        #expect(MountTable.kind(of: "/srv/x", in: table) == "ext3")
        #expect(MountTable.kind(of: "/tmp", in: "") == nil)
    }

    @Test func controlGroups() {
        #expect(
            ControlGroup.paths("0::/system.slice/shop.service\n") == [
                "/sys/fs/cgroup/system.slice/shop.service/memory.max", "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        )
        #expect(
            ControlGroup.paths("5:cpu,memory:/docker/1\n3:pids:/\nnonsense\n") == [
                "/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        )
        #expect(ControlGroup.limit("max\n") == nil && ControlGroup.limit("") == nil)
        #expect(ControlGroup.limit("9223372036854771712\n") == nil)
        #expect(ControlGroup.limit("536870912\n") == 512 << 20)
    }
}
