#if DEBUG
using System.Reflection;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>Switches known bugs of a layer on: each assembly has its own, out of reach but by name.</summary>
internal static class MutantSwitch
{
    private static readonly string[] Layers = ["RaftKv.Storage", "RaftKv.Node", "RaftKv"];

    /// <summary>Every mutant, as layer and name.</summary>
    public static IEnumerable<(string Layer, string Name)> All =>
        Layers.SelectMany(layer => Enum.GetNames(MutantsOf(layer)).Where(name => name != "None").Select(name => (layer, name)));

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
        Assembly.Load(layer).GetType("RaftKv.Mutation", throwOnError: true)!.GetMethod("Activate")!
            .Invoke(null, [Enum.Parse(MutantsOf(layer), name)]);

    private static Type MutantsOf(string layer) => Assembly.Load(layer).GetType("RaftKv.Mutant", throwOnError: true)!;
}
#endif
