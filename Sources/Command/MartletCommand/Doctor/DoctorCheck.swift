import MartletServer

/// A check of `martlet doctor`: a name, and what it makes of the facts. One verdict for each thing that it looks at.
struct DoctorCheck {
    let name: String
    let judge: @Sendable (MachineFacts) -> [Verdict]

    static let all: [DoctorCheck] = [
        DoctorCheck(name: "configuration", judge: { [configuration($0.configuration)] }),
        DoctorCheck(name: "ports", judge: { facts in facts.addresses.map { address($0, facts) } }),
        DoctorCheck(name: "open files", judge: { [openFiles($0.openFiles)] }),
        DoctorCheck(name: "accept queue", judge: { [acceptQueue($0.acceptQueue)] }),
        DoctorCheck(name: "Python", judge: { $0.pythons.map(python) }),
        DoctorCheck(name: "permissions", judge: { FilePermission.judge($0.files) }),
        DoctorCheck(name: "memory", judge: { [memory($0.memory)] }),
        DoctorCheck(name: "temporary files", judge: { [temporary($0.temporary)] }),
        DoctorCheck(name: "clock", judge: { [clock($0.clock)] }),
        DoctorCheck(name: "kernel", judge: { [kernel($0.kernel)] }),
        DoctorCheck(name: "TLS", judge: { [encryption($0.randomness)] }),
        DoctorCheck(name: "characters", judge: { [characters($0.locale)] }),
    ]

    // MARK: - The configuration and its addresses

    private static func configuration(_ configuration: MachineFacts.Configuration) -> Verdict {
        switch configuration {
        case .none: .ok("there is no martlet.toml here: what follows is about 'martlet run'")
        case .right(let file): .ok(file)
        case .wrong(let file, let problem):
            .fault("\(file): \(problem)", "martlet check \(file) says everything that is wrong in it")
        }
    }

    private static func address(_ address: MachineFacts.Address, _ facts: MachineFacts) -> Verdict {
        switch address.state {
        case .own: return .ok("\(address.text): the server of this configuration has it")
        case .inUse(let holder?):
            return .fault("\(address.text) is in use by \(holder)", "stop that, or choose another address with bind")
        case .inUse(nil):
            return .fault(
                "\(address.text) is in use by a process of another user",
                "as root, 'ss -lptn' says by which; or choose another address with bind"
            )
        case .impossible(let reason): return .fault("\(address.text): \(reason)", "choose another address with bind")
        case .free: break
        }
        if let port = address.port, port > 0, port < facts.lowestFreePort, !facts.mayListenLow {
            return .fault(
                "\(address.text): this user may not listen below \(facts.lowestFreePort)",
                "in a unit of systemd AmbientCapabilities=CAP_NET_BIND_SERVICE or a socket unit; else start it as root with user = \"…\""
            )
        }
        return .ok("\(address.text) is free")
    }

    // MARK: - Limits

    /// Below this a few hundred clients are too many: the soft limit of most systems.
    private static let fewFiles = 4096
    /// Workers, logs and event loops need that many.
    private static let tooFewFiles = 256

    private static func openFiles(_ most: Int) -> Verdict {
        let found = "at most \(most)"
        let advice = "LimitNOFILE=65536 in the unit, or 'ulimit -Hn 65536' as root before the start"
        if most < tooFewFiles { return .fault(found + ", which is too few even without clients", advice) }
        return most < fewFiles ? .hint(found + "; each client is one, or two", advice) : .ok(found)
    }

    /// Linux has had 4096 since 5.4, and 128 before.
    private static let shortQueue = 1024

    private static func acceptQueue(_ length: Int?) -> Verdict {
        guard let length else { return .ok("net.core.somaxconn cannot be read here") }
        guard length < shortQueue else { return .ok("net.core.somaxconn is \(length)") }
        return .hint(
            "net.core.somaxconn is \(length): more clients at one moment wait for a second try",
            "sysctl -w net.core.somaxconn=4096, and the same in /etc/sysctl.d"
        )
    }

    /// What a worker with Flask or Django takes before it does anything, and what the server does. Measured: 40 to 60 MB.
    private static let ofWorker = 64 << 20
    private static let ofServer = 64 << 20

    private static func memory(_ memory: MachineFacts.Memory) -> Verdict {
        let needed = ofServer + memory.workers * ofWorker
        let workers = memory.workers == 1 ? "1 worker" : "\(memory.workers) workers"
        let text = "about \(megabytes(needed)) for the server and \(workers)"
        if let limit = memory.limit {
            guard needed > limit else { return .ok("\(megabytes(limit)) for this control group; \(text)") }
            return .hint(
                "this control group has \(megabytes(limit)), and it is \(text)",
                "fewer workers, or more memory (MemoryMax=, --memory)"
            )
        }
        guard let available = memory.available else { return .ok(text) }
        guard needed > available else { return .ok("\(megabytes(available)) are free; \(text)") }
        return .hint("\(megabytes(available)) are free, and it is \(text)", "fewer workers")
    }

    // MARK: - Python

    private static func python(_ python: MachineFacts.Python) -> Verdict {
        switch python.state {
        case .missing(let reason): return .fault("for \(python.application): \(reason)", "")
        case .found(let version, let path, let reason, let isEnvironment):
            let found = "\(version), \(path) (\(reason)) for \(python.application)"
            if let problem = python.libraryProblem {
                return .fault(
                    "\(found): no worker can run in it: \(problem)",
                    "choose another Python with python, or install this one again, or Martlet, for this system"
                )
            }
            guard isEnvironment else {
                return .hint(
                    found + ": no virtual environment, so its packages are the system's",
                    "python3 -m venv .venv, and .venv/bin/pip install what the application needs"
                )
            }
            return .ok(found)
        }
    }

    // MARK: - The system

    private static let littleSpace = 256 << 20
    private static let noSpace = 16 << 20

    private static func temporary(_ temporary: MachineFacts.Temporary) -> Verdict {
        if let problem = temporary.problem {
            return .fault("\(temporary.folder): \(problem)", "set TMPDIR to a folder that can be written to")
        }
        let advice =
            "make room there, or set TMPDIR to a folder on a larger disk: bodies of requests and answers of slow clients are there"
        let kind = temporary.isMemory ? ", in memory" : ""
        guard let free = temporary.free else { return .ok(temporary.folder + kind) }
        let found = "\(temporary.folder)\(kind): \(megabytes(free)) are free"
        if free < noSpace { return .fault(found, advice) }
        return free < littleSpace ? .hint(found, advice) : .ok(found)
    }

    /// Martlet is younger, so a clock that says less is wrong.
    private static let firstYear = 2026

    private static func clock(_ clock: MachineFacts.Clock) -> Verdict {
        let advice = "set it: 'timedatectl set-ntp true', or chrony"
        guard clock.advances else {
            return .fault(
                "the clock that times are measured with stands still",
                "restart the machine: nothing would ever time out"
            )
        }
        guard clock.year >= firstYear else {
            return .fault(
                "it says that this is \(clock.year): certificates are not valid yet, and sessions never end",
                advice
            )
        }
        guard clock.isSynchronized == false else { return .ok("\(clock.year)") }
        return .hint("\(clock.year), and nothing keeps it right", advice)
    }

    private static func kernel(_ kernel: MachineFacts.Kernel) -> Verdict {
        let advice = "a kernel of 3.17 or newer, or a sandbox that lets it through"
        guard kernel.hasMemoryFiles else {
            return .fault("\(kernel.version): no memfd_create, which workers are reached through", advice)
        }
        guard kernel.hasReusePort else {
            return .fault("\(kernel.version): no SO_REUSEPORT, which event loops share a port with", advice)
        }
        guard kernel.hasProcessDescriptors else {
            return .hint(
                "\(kernel.version): no pidfd, so that the end of a worker is noticed in another way",
                "Linux 5.3 or newer has it"
            )
        }
        return .ok("\(kernel.version), with SO_REUSEPORT, memfd and pidfd")
    }

    private static func encryption(_ randomness: MachineFacts.Randomness) -> Verdict {
        guard randomness.isReady else {
            return .fault(
                "the kernel has no random numbers yet: TLS and sessions would wait for them",
                "haveged, or virtio-rng for a virtual machine"
            )
        }
        guard let authorities = randomness.authorities else {
            return .hint(
                "TLS is built in; no authorities that this machine trusts were found, so https upstreams and tls = \"auto\" do not work",
                "apt-get install ca-certificates"
            )
        }
        return .ok("built in; authorities in \(authorities)")
    }

    /// Python takes UTF-8 where nothing is said, or C or POSIX (PEP 538 and 540).
    private static func characters(_ variables: [String: String]) -> Verdict {
        let order = ["LC_ALL", "LC_CTYPE", "LANG"]
        let first = order.lazy.compactMap { name in variables[name].flatMap { $0.isEmpty ? nil : (name, $0) } }.first
        guard variables["PYTHONUTF8"] != "1", let (name, value) = first else {
            return .ok("UTF-8, which Python takes by itself")
        }
        let coding = value.lowercased().replacing("-", with: "")
        if coding.contains("utf8") || ["c", "posix"].contains(coding) { return .ok("\(name)=\(value)") }
        return .hint(
            "\(name)=\(value) is not UTF-8: Python opens files and prints in another coding",
            "\(name)=C.UTF-8, or PYTHONUTF8=1"
        )
    }

    private static func megabytes(_ bytes: Int) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GB" : "\(bytes >> 20) MB"
    }
}
