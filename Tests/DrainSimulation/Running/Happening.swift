import DrainEngine
import DrainModel

/// What is to happen in a run, beside what happens in its world.
enum Happening {
    case scripted(Scripted.Event)
    case deliver(Letter)
    case hint(ChangeHint)
    /// A new drain arrives at the ledger.
    case record(Drain, of: Letter?, by: Process, in: Term?)
    case accepted(Letter?, Drain, by: Process)
    /// An effect is sent that had to wait.
    case send(DrainRunner.Effect, in: Term)
    /// It arrives at AWS or at the ledger.
    case arrive(DrainRunner.Effect, sentAt: Duration, in: Term)
    /// - Parameter askedAt: when AWS was asked, if that can have been answered.
    case answer(DrainRunner.Input, askedAt: Duration? = nil, in: Term)
    /// Another has taken over, as the ledger has told.
    case fenced(Term)
    case recount(in: Term, having: [Note] = [])
    case lease(LeaseHappening, Process)
    case start(Replica)
    /// It stands still no more, or reaches all.
    case recovered(Replica)
    case calm
    case check
}

/// What is about the lease, and about notes.
enum LeaseHappening {
    case ask(turn: Int)
    /// The question arrives at the ledger.
    case asked(LeaseKeeper.Step, sentAt: Duration, turn: Int)
    case answered(Answer, sentAt: Duration, turn: Int)
    case handOver(Lease)
    case exit
    case lookForNotes(Term)
    case takeNotes(Term)
    case notes(Result<[Note], LedgerError>, Term)
    case leave(Note)

    enum Answer {
        case seen(Lease?)
        case claimed(Lease?)
        case renewed(Lease)
        case handedOver
        case fenced
        case failed

        var isFailure: Bool { if case .failed = self { true } else { false } }
    }
}

extension Happening {
    /// Whose process it happens in, or has sent it.
    var place: Replica? {
        switch self {
        case .record(_, _, let process, _), .accepted(_, _, let process), .lease(_, let process): process.replica
        case .send(_, let term), .arrive(_, _, let term), .answer(_, _, let term), .fenced(let term),
            .recount(let term, _):
            term.replica
        case .scripted, .deliver, .hint, .start, .recovered, .calm, .check: nil
        }
    }

    /// Whether it happens where no process is needed: at AWS, or at the ledger.
    var isOutside: Bool {
        switch self {
        case .record, .arrive: true
        case .lease(.asked, _), .lease(.handOver, _), .lease(.takeNotes, _), .lease(.leave, _): true
        default: false
        }
    }
}
