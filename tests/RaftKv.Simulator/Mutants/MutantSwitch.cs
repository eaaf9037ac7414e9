using System.Reflection;

namespace RaftKv.Simulator.Mutants;

/// <summary>
/// Switches known bugs of a layer on, for the calling thread: each assembly has its own, out of reach but by name. Debug builds alone can.
/// </summary>
public static class MutantSwitch
{
    private const string Activation = "Activate";

    private static readonly string[] Layers = ["RaftKv.Storage", "RaftKv.Node", "RaftKv"];

    /// <summary>Every mutant, as layer and name.</summary>
    public static IEnumerable<(string Layer, string Name)> All =>
        Layers.SelectMany(layer => Enum.GetNames(MutantsOf(layer)).Where(name => name != "None").Select(name => (layer, name)));

    /// <summary>Whether this build can switch mutants on.</summary>
    public static bool IsAble => Mutation(Layers[0]).GetMethod(Activation) is not null;

    /// <summary>Runs something on this thread with a mutant active.</summary>
    public static T With<T>(string layer, string name, Func<T> run)
    {
        Activate(layer, name);
        try
        {
            return run();
        }
        finally
        {
            Activate(layer, "None");
        }
    }

    private static void Activate(string layer, string name) =>
        Mutation(layer).GetMethod(Activation)!.Invoke(null, [Enum.Parse(MutantsOf(layer), name)]);

    private static Type Mutation(string layer) => Assembly.Load(layer).GetType("RaftKv.Mutation", throwOnError: true)!;

    private static Type MutantsOf(string layer) => Assembly.Load(layer).GetType("RaftKv.Mutant", throwOnError: true)!;
}
